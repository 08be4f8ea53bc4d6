import {
  CompleteError,
  failureOf,
  lockLeft,
  notApplied,
  RefusedError,
  StaleError,
  saysApplied,
} from '../../../src/runner/failure.ts';

const lock = `
╷
│ Error: Error acquiring the state lock
│
│ Error message: resource temporarily unavailable
│ Lock Info:
│   ID:        7b9a3a5e-1c2d-4e5f-8a9b-0c1d2e3f4a5b
│   Path:      /states/app.tfstate
╵
`;

describe('the sentence about a failure', () => {
  test('names the error and its place', () => {
    const said =
      '╷\n│ Error: Unsupported argument\n│ \n│   on main.tf line 3, in resource "x" "y":\n│    3:   colour = 1\n╵\n';
    expect(failureOf('terraform plan', 'terraform', 1, said).message).toBe(
      'terraform plan failed: Unsupported argument (on main.tf line 3); the log has the whole story.',
    );
  });

  test('names the lock that somebody else holds, and how to free it', () => {
    expect(failureOf('tofu apply', 'tofu', 1, lock).message).toContain(
      '`tofu force-unlock 7b9a3a5e-1c2d-4e5f-8a9b-0c1d2e3f4a5b`',
    );
  });

  test('of an apply that could not free its lock afterwards tells how to', () => {
    const said = lock.replace('Error acquiring the state lock', 'Error releasing the state lock');
    const failure = failureOf('terraform apply', 'terraform', 1, said);
    expect(failure.message).toMatch(
      /^terraform apply failed: Error releasing the state lock.*The state is still locked/,
    );
    expect(failure).not.toBeInstanceOf(RefusedError);
  });

  test('of a run that was stopped names the lock that it left', () => {
    expect(lockLeft('terragrunt', lock)).toContain(
      'still locked: free it with `terragrunt run -- force-unlock 7b9a3a5e-1c2d-4e5f-8a9b-0c1d2e3f4a5b`',
    );
    expect(lockLeft('terraform', 'Interrupt received.')).toBe('');
  });

  test("names Terragrunt's dependency that has no outputs", () => {
    const said =
      'ERROR resolving dependency "vpc" outputs: prod/the vpc/terragrunt.hcl is a dependency of prod/app/terragrunt.hcl but detected no outputs. Either';
    expect(failureOf('terragrunt init', 'terragrunt', 1, said).message).toContain('because prod/the vpc, which');
  });

  test('says that the disk is full, in place of what the tool was doing then', () => {
    const said = 'Error: Failed to install provider\n\nwrite .terraform/providers/x: no space left on device\n';
    expect(failureOf('terraform init', 'terraform', 1, said).message).toMatch(
      /^terraform init failed, because the disk of its build is full; give builds a larger one/,
    );
  });

  test.each([
    [
      'the missing variable',
      'Error: No value for required variable\n\n  on main.tf line 1:\n   1: variable "region" {\n\nThe root module input variable "region" is not set, and has no default\nvalue.\n',
      'No value for required variable: The root module input variable "region" is not set, and has no default value. (on main.tf line 1)',
    ],
    [
      'the provider whose checksum is another',
      '╷\n│ Error: Failed to install provider\n│ \n│ Error while installing example/lab v1.0.0: the local package does not match any of the\n│ checksums previously recorded in the dependency lock file\n╵\n',
      'Failed to install provider: Error while installing example/lab v1.0.0: the local package does not match any of the checksums previously recorded in the dependency lock file',
    ],
    [
      'the version that is asked for',
      'Error: Unsupported Terraform Core version\n\n  on main.tf line 2, in terraform:\n   2:   required_version = "< 1.0"\n\nThis configuration does not support Terraform version 1.15.5.\n',
      'Unsupported Terraform Core version: This configuration does not support Terraform version 1.15.5. (on main.tf line 2)',
    ],
  ])('names %s', (_, said, reason) => {
    const failure = failureOf('terraform plan', 'terraform', 1, said);
    expect(failure.message).toBe(`terraform plan failed: ${reason.replace(/\.$/, '')}; the log has the whole story.`);
    expect(failure).not.toBeInstanceOf(StaleError);
  });

  test.each([
    'Error: Saved plan is stale\n\nThe given plan file can no longer be applied.\n',
    'Error: Saved plan does not match the given state\n',
    '╷\n│ Error: Inconsistent dependency lock file\n│ \n│ The given plan file was created with a different set of external dependency selections.\n╵\n',
    'Error: Failed to read plan from plan file\n\nplan file was created by Terraform 1.9.0, but this is 1.15.5; plan files cannot be\ntransferred between different Terraform versions\n',
    'Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions\n',
    'Error: Failed to install provider\n\nError while installing example/lab v1.0.0: provider was not found in any of the search locations\n',
    'Error: Required plugins are not installed\n',
    'Error: example/lab: there is no package for example/lab 1.0.0 cached in .terraform/providers\n',
  ])('that a plan is made anew after says so to the pipeline: %j', (said) => {
    expect(failureOf('terraform apply', 'terraform', 1, said)).toBeInstanceOf(StaleError);
  });

  test.each([
    'Error: Unsupported Terraform Core version\n',
    'Error: Backend initialization required, please run "terraform init"\n',
    'ERROR Hook "vpn" (command: vpn up) exited with non-zero exit code 1\nERROR Errors encountered running before_hooks. Not running \'terraform\'.\n',
    'ERROR downloading source url git::https://git.example.org/vpc?ref=v1\nerror occurred:\n',
    'ERROR prod/vpc/terragrunt.hcl is a dependency of prod/app/terragrunt.hcl but detected no outputs. Either\n',
  ])('of an apply that Terraform refused before it began leaves nothing half applied: %j', (said) => {
    expect(failureOf('terraform apply', 'terraform', 1, said)).toBeInstanceOf(RefusedError);
  });

  test.each([
    ['something was being created', 'x.y: Creating...\n\nError: Saved plan is stale\n'],
    ['something was being destroyed', 'x.y: Destroying... [id=1]\n\nError: It broke\n'],
    ['the tool tells as JSON', '{"type":"apply_start"}\nError: It broke\n'],
    ['nobody knows what was done', 'Killed\n'],
    ['the state could not be written', 'Error: Failed to save state\n'],
    [
      'Terragrunt has tried more than once',
      "ERROR Errors encountered running before_hooks. Not running 'terraform'.\nWARN  Encountered retryable error: vpn\nKilled\n",
    ],
  ])('of an apply may be half applied when %s', (_, said) => {
    expect(failureOf('terraform apply', 'terraform', 1, said)).not.toBeInstanceOf(RefusedError);
  });

  test('of an apply that ended well without being complete says so', () => {
    expect(saysApplied('Apply complete! Resources: 1 added.')).toBe(true);
    expect(saysApplied('')).toBe(false);
    const ignored = notApplied('terragrunt apply', 'ERROR vpn is down\n');
    expect(ignored.message).toMatch(
      /^terragrunt apply ended as if all were well, but Terraform never said that the apply is complete, and nothing of it is in the state \(vpn is down\)/,
    );
    expect(ignored).toBeInstanceOf(RefusedError);
    expect(notApplied('terragrunt apply', 'x.y: Creating...\n')).not.toBeInstanceOf(RefusedError);
  });

  test('after all was applied is another one than of an apply that broke', () => {
    const said = 'x.y: Creating...\nApply complete! Resources: 1 added.\nERROR Hook "smoke" (command: ';
    const failure = failureOf(
      'terragrunt apply',
      'terragrunt',
      1,
      `${said}test it) exited with non-zero exit code 1:\nno answer\n`,
    );
    expect(failure).toBeInstanceOf(CompleteError);
    expect(failure.message).toBe(
      'terragrunt apply failed: Hook "smoke" (command: test it) exited with non-zero exit code 1: no answer; the log has the whole story.',
    );
    expect(failureOf('terragrunt apply', 'terragrunt', 1, 'x.y: Creating...\n')).not.toBeInstanceOf(CompleteError);
  });

  test('falls back to the last line, and to the exit code of a tool that says nothing', () => {
    expect(failureOf('terraform init', 'terraform', 1, 'first\nlast.\n').message).toBe(
      'terraform init failed: last; the log has the whole story.',
    );
    expect(failureOf('terraform init', 'terraform', 9, '').message).toBe(
      'terraform init ended with exit code 9; its log says why.',
    );
  });
});

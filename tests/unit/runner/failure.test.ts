import { failureOf, lockLeft, RefusedError } from '../../../src/runner/failure.ts';

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
      /^terraform apply failed: Error releasing the state lock;.*The state is still locked/,
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

  test('falls back to the last line, and to the exit code of a tool that says nothing', () => {
    expect(failureOf('terraform init', 'terraform', 1, 'first\nlast.\n').message).toBe(
      'terraform init failed: last; the log has the whole story.',
    );
    expect(failureOf('terraform init', 'terraform', 9, '').message).toBe(
      'terraform init ended with exit code 9; its log says why.',
    );
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { type Changes, configWith, newRepository } from './repository.ts';

const local = (path: string) => `data "terraform_remote_state" "x" {
  backend = "local"
  config = {
    path = "${path}"
  }
}
`;
const backend = (type: string, settings: string) => `terraform {\n  backend "${type}" {\n${settings}  }\n}\n`;
const remote = (key: string) =>
  `data "terraform_remote_state" "r" {\n  backend = "s3"\n  config = {\n    bucket = "state"\n    key    = "${key}"\n  }\n}\n`;
const graphOf = async (files: Changes, config = configWith()) => {
  using repository = newRepository(files);
  const graph = await discoverGraph(repository.directory, { config });
  return Object.fromEntries(graph.map(({ path, dependencies }) => [path, dependencies]));
};

describe('Terraform', () => {
  test('a root has a backend or a state, or a provider when no other module calls it', async () => {
    const graph = await graphOf({
      'with-backend/main.tf': backend('local', ''),
      'with-provider/main.tf': 'provider "aws" {\n  region = "us-east-1"\n}\n',
      'with-cloud/main.tf': 'terraform {\n  cloud {\n    organization = "example-org"\n  }\n}\n',
      'with-state/main.tf': '',
      'with-state/terraform.tfstate': '{}',
      'called/main.tf': 'provider "aws" {}\n',
      'caller/main.tf': `${backend('local', '')}module "x" {\n  source = "../called"\n}\n`,
      'module/main.tf': 'variable "x" {}\n',
    });
    expect(Object.keys(graph)).toEqual(['caller', 'with-backend', 'with-cloud', 'with-provider', 'with-state']);
  });

  test('a module with a state of its own is a unit, too, and whoever calls it depends on it', async () => {
    const graph = await graphOf({
      'network/main.tf': backend('local', ''),
      'kept/main.tf': '',
      'kept/terraform.tfstate': '{}',
      'between/main.tf': 'provider "aws" {}\nmodule "kept" {\n  source = "../kept"\n}\n',
      'app/main.tf': `${backend('local', '')}module "n" {\n  source = "../network"\n}\nmodule "b" {\n  source = "../between"\n}\n`,
    });
    expect(graph).toEqual({ app: ['kept', 'network'], kept: [], network: [] });
  });

  test('a module that a Terragrunt unit runs is none, whatever its backend', async () => {
    const graph = await graphOf({
      'modules/thing/main.tf': `${backend('s3', '')}module "part" {\n  source = "../part"\n}\n`,
      'modules/part/main.tf': backend('s3', ''),
      'app/terragrunt.hcl': 'terraform {\n  source = "../modules//thing"\n}\n',
    });
    expect(graph).toEqual({ app: [] });
  });

  test.each([
    'network/prod.s3.tfbackend',
    'network/backend.hcl',
    'network/backend.conf',
    'network/backends/prod.tfbackend',
  ])('a backend that is written partly is completed by %s', async (file) => {
    const graph = await graphOf({
      'network/main.tf': backend('s3', '    bucket = "state"\n'),
      [file]: 'key = "network"\n',
      'app/main.tf': backend('local', '') + remote('network'),
    });
    expect(graph).toEqual({ app: ['network'], network: [] });
  });

  test('a backend with a file for each environment writes the states of all', async () => {
    const graph = await graphOf({
      'network/main.tf': backend('s3', '    bucket = "state"\n'),
      'network/prod.tfbackend': 'key = "prod/network"\n',
      'network/dev.tfbackend': 'key = "dev/network"\n',
      'app/main.tf': backend('local', '') + remote('dev/network'),
      'web/main.tf': backend('local', '') + remote('prod/network'),
    });
    expect(graph).toEqual({ app: ['network'], network: [], web: ['network'] });
  });

  test('a data source for each of several reads the states of all', async () => {
    const several = (repeat: string, key: string) => remote(key).replace('{\n', `{\n  ${repeat}\n`);
    const graph = await graphOf({
      ...Object.fromEntries(
        ['a', 'b', 'c', 's0', 's1'].map((name) => [
          `${name}/main.tf`,
          backend('s3', `    bucket = "state"\n    key = "${name}/x"\n`),
        ]),
      ),
      'set/main.tf': `${backend('local', '')}locals {\n  names = ["a", "b"]\n}\n${several('for_each = toset(local.names)', '${each.key}/x')}`,
      'map/main.tf': backend('local', '') + several('for_each = { x = "c" }', '${each.value}/x'),
      'count/main.tf': backend('local', '') + several('count = 2', 's${count.index}/x'),
      'none/main.tf': backend('local', '') + several('count = 0', 'a/x'),
    });
    expect(graph).toMatchObject({ set: ['a', 'b'], map: ['c'], count: ['s0', 's1'], none: [] });
  });

  test('a module that is called reads the state that its arguments name', async () => {
    const call = (name: string) => `module "${name}" {\n  source = "../reader"\n  of     = "${name}"\n}\n`;
    const graph = await graphOf({
      'a/main.tf': backend('s3', '    bucket = "state"\n    key = "a/x"\n'),
      'b/main.tf': backend('s3', '    bucket = "state"\n    key = "b/x"\n'),
      'app/main.tf': backend('local', '') + call('a') + call('b'),
      'reader/main.tf': `variable "of" {}\nlocals {\n  key = "\${var.of}/x"\n}\n${remote('${local.key}')}`,
    });
    expect(graph).toEqual({ a: [], app: ['a', 'b'], b: [] });
  });

  test('a unit that reads its own state does not wait for itself', async () => {
    expect(await graphOf({ 'app/main.tf': backend('local', '') + local('terraform.tfstate') })).toEqual({ app: [] });
  });

  test('a backend and a data source may be written with variables of *.tfvars', async () => {
    const graph = await graphOf({
      'network/main.tf': backend('s3', '    bucket = "state"\n    key = "prod/network"\n'),
      'app/main.tf': `${backend('local', '')}variable "env" {}\n${remote('${var.env}/network')}`,
      'app/terraform.tfvars': 'env = "dev"\n',
      'app/z.auto.tfvars': 'env = "prod"\n',
    });
    expect(graph).toEqual({ app: ['network'], network: [] });
  });

  test('a workspace of HCP Terraform is found by its name', async () => {
    const workspace = (name: string) =>
      `    organization = "example-org"\n    workspaces {\n      name = "${name}"\n    }\n`;
    const graph = await graphOf({
      'network/main.tf': `terraform {\n  cloud {\n${workspace('network')}  }\n}\n`,
      'dns/main.tf': backend('remote', workspace('dns')),
      'app/main.tf': `${backend('local', '')}${['network', 'dns']
        .map(
          (name) =>
            `data "terraform_remote_state" "${name}" {\n  backend = "remote"\n  config = {\n    organization = "example-org"\n    workspaces   = { name = "${name}" }\n  }\n}\n`,
        )
        .join('')}`,
    });
    expect(graph).toEqual({ app: ['dns', 'network'], dns: [], network: [] });
  });

  test('a local state is found by its path, wherever it is written', async () => {
    const graph = await graphOf({
      'network/main.tf': backend('local', '    path = "../state/network.tfstate"\n'),
      'dns/main.tf': backend('local', ''),
      'app/main.tf': `${backend('local', '')}locals {\n  name = "network"\n}\n${local('${path.module}/../state/${local.name}.tfstate')}`,
      'web/main.tf': backend('local', '') + local('../dns/terraform.tfstate'),
    });
    expect(graph).toEqual({ app: ['network'], dns: [], network: [], web: ['dns'] });
  });

  test.each([
    [
      's3',
      '    bucket = "state"\n    key = "network"\n    region = "us-east-1"\n',
      'bucket = "state"\n    key = "network"',
    ],
    ['gcs', '    bucket = "state"\n    prefix = "network"\n', 'bucket = "state"\n    prefix = "network"'],
    [
      'azurerm',
      '    storage_account_name = "s"\n    container_name = "c"\n    key = "network"\n',
      'storage_account_name = "s"\n    container_name = "c"\n    key = "network"',
    ],
    ['http', '    address = "https://example.org/network"\n', 'address = "https://example.org/network"'],
  ])('a state in %s is found by its backend configuration', async (type, given, read) => {
    const graph = await graphOf({
      'network/main.tf': backend(type, given),
      'other/main.tf': backend(type, given.replaceAll('network', 'other')),
      'app/main.tf': `${backend('local', '')}data "terraform_remote_state" "n" {\n  backend = "${type}"\n  config = {\n    ${read}\n  }\n}\n`,
    });
    expect(graph).toEqual({ app: ['network'], network: [], other: [] });
  });

  test('a state is read by a module that the root calls, and its key comes from a variable', async () => {
    const graph = await graphOf({
      'network/main.tf': backend('s3', '    bucket = "state"\n    key = "prod/network"\n'),
      'app/main.tf': `${backend('local', '')}module "reader" {\n  source = "../reader"\n}\n`,
      'reader/main.tf':
        'variable "env" {\n  default = "prod"\n}\ndata "terraform_remote_state" "n" {\n  backend = "s3"\n  config = {\n    bucket = "state"\n    key = "${var.env}/network"\n  }\n}\n',
    });
    expect(graph).toEqual({ app: ['network'], network: [] });
  });

  test('a state that nobody here writes is none of our business', async () => {
    const elsewhere = local('../../elsewhere/terraform.tfstate');
    expect(await graphOf({ 'app/main.tf': backend('local', '') + elsewhere })).toEqual({ app: [] });
  });

  test('a local state outside of the repository is found, too', async () => {
    const graph = await graphOf({
      'prod/network/main.tf': backend('local', '    path = "../../../states/network.tfstate"\n'),
      'dns/main.tf': backend('local', '    path = "/var/states/dns.tfstate"\n'),
      'app/main.tf': `${backend('local', '')}${local('../../states/network.tfstate')}${local('/var/states/dns.tfstate').replace('"x"', '"y"')}`,
    });
    expect(graph).toEqual({ app: ['dns', 'prod/network'], dns: [], 'prod/network': [] });
  });

  test('a state that can not be known is an error, until the configuration says what it is', async () => {
    const files = {
      'network/main.tf': backend('local', ''),
      'app/main.tf': `${backend('local', '')}variable "env" {}\n${local('../${var.env}/terraform.tfstate')}`,
    };
    using repository = newRepository(files);
    const [app] = await discoverGraph(repository.directory, { config: configWith() });
    expect(app?.error).toMatch(
      /app\/main.tf:6:1: which state this reads can't be known: the variable env has no default/,
    );
    const config = configWith({ extraDependencies: { app: ['network'] } });
    expect(await graphOf(files, config)).toEqual({ app: ['network'], network: [] });
  });

  test('the tool is OpenTofu with *.tofu files or a version file above', async () => {
    using repository = newRepository({
      'a/main.tofu': backend('local', ''),
      'b/main.tf': backend('local', ''),
      'c/.opentofu-version': '1.10.0\n',
      'c/d/main.tf': backend('local', ''),
    });
    const graph = await discoverGraph(repository.directory, { config: configWith() });
    expect(graph.map(({ path, tool }) => `${path} ${tool}`)).toEqual(['a opentofu', 'b terraform', 'c/d opentofu']);
  });
});

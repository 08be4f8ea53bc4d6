/** The product's own plugin of the Serverless Framework: what YAML can't say. Each hook is a file of its own. */
import { join } from 'node:path';
import { readConfig } from '../config/load.ts';
import { bringUpToDate } from './bring-up-to-date.ts';
import { checkAccount } from './check-account.ts';
import { checkBucket } from './check-bucket.ts';
import { bringIn, type ExtendableService, type Installation, pathInService } from './installation.ts';
import { keepDefinition } from './keep-definition.ts';
import { leaveNullsOut } from './leave-nulls-out.ts';
import { type PackagedFunction, packageFunctions } from './package-functions.ts';
import { bucketToRemove, checkNothingRuns, removeBucket } from './remove.ts';
import { givenToken, removeSigningKey, writeSecrets } from './secrets.ts';
import { importToken } from './source-credentials.ts';
import { stringifyBuildspecs } from './stringify-buildspecs.ts';
import { takeUp } from './take-up.ts';
import { type Provider, type Target, type Template, targetOf } from './target.ts';

/** What of the framework is used. */
interface Serverless extends ExtendableService {
  service: {
    provider: { region: string; compiledCloudFormationTemplate: Template; shouldNotDeploy?: boolean };
    functions: Record<string, PackagedFunction>;
  };
  getProvider(name: 'aws'): Provider;
}

interface Framework {
  log: { notice(line: string): void };
}

export class DeploymentPlugin {
  readonly hooks: Record<string, () => void | Promise<void>>;
  readonly commands = {
    remove: { options: { force: { usage: 'Cuts off the delivery that runs', type: 'boolean' } } },
  };

  /** `${liveCi(serverless/storage.yml)}` is where that file of the package is. */
  readonly configurationVariablesSources: Record<
    string,
    { resolve(variable: { params: string[] }): { value: string } }
  >;

  constructor(
    serverless: Serverless,
    options: { force?: boolean; region?: string },
    { log }: Framework,
    installation: Installation,
  ) {
    bringIn(installation, serverless);
    this.configurationVariablesSources = {
      liveCi: {
        resolve: ({ params: [file = ''] }) => ({
          value: pathInService(serverless.serviceDir, installation.root, file),
        }),
      },
    };
    // Read anew each time: the framework replaces it once it has packaged.
    const provider = () => serverless.service.provider;
    let target: Target | undefined;
    const to = () =>
      (target ??= targetOf(serverless.getProvider('aws'), readConfig(process.cwd()).config, (line) =>
        log.notice(line),
      ));
    let bucket: string | undefined;
    const pack = () =>
      packageFunctions(serverless.service.functions, {
        built: join(installation.root, 'dist'),
        serviceDir: serverless.serviceDir,
        said: readConfig(process.cwd()).said,
      });
    this.hooks = {
      initialize: () => {
        provider().region = options.region ?? readConfig(process.cwd()).config.region;
      },
      'before:package:createDeploymentArtifacts': pack,
      'before:deploy:function:packageFunction': pack,
      // The first step that has the whole template before it is checked and written.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const template = leaveNullsOut(provider().compiledCloudFormationTemplate);
        provider().compiledCloudFormationTemplate = { ...template, Resources: stringifyBuildspecs(template.Resources) };
      },
      'before:deploy:function:initialize': () => checkAccount(to()),
      'before:deploy:deploy': async () => {
        await checkAccount(to());
        givenToken(to(), process.env);
        await checkBucket(to());
      },
      // The stack is there, if only with the bucket that the framework deploys from.
      'after:aws:deploy:deploy:createStack': async () => {
        await takeUp(provider().compiledCloudFormationTemplate, to());
        await bringUpToDate(to());
        provider().compiledCloudFormationTemplate = await keepDefinition(
          provider().compiledCloudFormationTemplate,
          to(),
        );
      },
      'before:aws:deploy:deploy:updateStack': () =>
        importToken(provider().compiledCloudFormationTemplate, to(), process.env),
      'after:aws:deploy:deploy:updateStack': () => writeSecrets(to(), process.env, new Date()),
      'before:remove:remove': async () => {
        await checkAccount(to());
        await checkNothingRuns(to(), options.force === true);
        bucket = await bucketToRemove(to());
      },
      'after:remove:remove': async () => {
        await removeSigningKey(to());
        if (bucket !== undefined) await removeBucket(bucket, to());
        else log.notice(whatStays);
      },
    };
  }
}

const whatStays =
  'The artifact bucket and its key stay, with what is applied, planned and decided; the next deployment takes them up again.';

/** The product's own plugin of the Serverless Framework: what YAML can't say. Each hook is a file of its own. */
import { join } from 'node:path';
import { readConfig } from '../config/load.ts';
import { requireReady } from '../doctor/check.ts';
import { beforeDeploying } from '../doctor/checks.ts';
import { bringUpToDate } from './bring-up-to-date.ts';
import { checkAccount } from './check-account.ts';
import { checkNames } from './check-names.ts';
import { type CommandLine, readCommandLine, uploadCommandLine } from './command-line.ts';
import { uploadSettings } from './deployed-settings.ts';
import { bringIn, type ExtendableService, type Installation, pathInService } from './installation.ts';
import { keepDefinition } from './keep-definition.ts';
import { leaveNullsOut } from './leave-nulls-out.ts';
import { type PackagedFunction, packageFunctions } from './package-functions.ts';
import { type FrameworkError, type Hooks, plainly, withPlainErrors } from './plain-errors.ts';
import { bucketToRemove, checkNothingRuns, removeBucket } from './remove.ts';
import { fitReservations } from './reservations.ts';
import { givenToken, removeSigningKey, writeSecrets } from './secrets.ts';
import { importToken } from './source-credentials.ts';
import { stringifyBuildspecs } from './stringify-buildspecs.ts';
import { takeUp } from './take-up.ts';
import { type Provider, type Target, type Template, targetOf } from './target.ts';

/** What of the framework is used. */
interface Serverless extends ExtendableService {
  service: {
    provider: { region: string; compiledCloudFormationTemplate: Template };
    functions: Record<string, PackagedFunction>;
  };
  getProvider(name: 'aws'): Provider;
  classes: { Error: FrameworkError };
}

interface Framework {
  log: { notice(line: string): void };
}

export class DeploymentPlugin {
  readonly hooks: Hooks;
  readonly commands = {
    remove: { options: { force: { usage: 'Cuts off the delivery that runs', type: 'boolean' } } },
  };

  /** `${liveCi(serverless/storage.yml)}` is where that file of the package is. */
  readonly configurationVariablesSources: Record<
    string,
    { resolve(variable: { params: string[] }): { value: string } }
  >;

  readonly #serverless: Serverless;
  readonly #options: { force?: boolean; region?: string; stage?: string };
  readonly #log: Framework['log'];
  readonly #installation: Installation;
  #target: Target | undefined;

  constructor(
    serverless: Serverless,
    options: { force?: boolean; region?: string; stage?: string },
    { log }: Framework,
    installation: Installation,
  ) {
    try {
      // A mistake is told at once, and not as one of the variables that read the settings.
      readConfig(process.cwd());
    } catch (error) {
      throw plainly(error, serverless.classes.Error);
    }
    bringIn(installation, serverless);
    // Before the framework says where it deploys to; what somebody types goes before what is written.
    if (options.region === undefined)
      serverless.extendConfiguration(['provider', 'region'], readConfig(process.cwd()).config.region);
    this.configurationVariablesSources = {
      liveCi: {
        resolve: ({ params: [file = ''] }) => ({
          value: pathInService(serverless.serviceDir, installation.root, file),
        }),
      },
    };
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    this.#installation = installation;
    const hooks = { ...this.#packaging(), ...this.#deploying(), ...this.#removing() };
    this.hooks = withPlainErrors(hooks, serverless.classes.Error);
  }

  /** Read anew each time: the framework replaces it once it has packaged. */
  get #provider() {
    return this.#serverless.service.provider;
  }

  get #isLocal(): boolean {
    return this.#options.stage === 'local';
  }

  #to(): Target {
    const { config } = readConfig(process.cwd());
    this.#target ??= targetOf(this.#serverless.getProvider('aws'), config, (line) => this.#log.notice(line));
    return this.#target;
  }

  #packaging(): Hooks {
    const pack = () =>
      packageFunctions(this.#serverless.service.functions, {
        built: join(this.#installation.root, 'dist'),
        serviceDir: this.#serverless.serviceDir,
        said: readConfig(process.cwd()).said,
      });
    return {
      initialize: () => {
        const { config } = readConfig(process.cwd());
        this.#provider.region = this.#options.region ?? config.region;
        checkNames(config, this.#serverless.getProvider('aws').naming.getStackName());
      },
      'before:package:createDeploymentArtifacts': pack,
      'before:deploy:function:packageFunction': pack,
      // The first step that has the whole template before it is checked and written.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const template = leaveNullsOut(this.#provider.compiledCloudFormationTemplate);
        this.#provider.compiledCloudFormationTemplate = {
          ...template,
          Resources: stringifyBuildspecs(template.Resources),
        };
      },
    };
  }

  #deploying(): Hooks {
    let commandLine: CommandLine | undefined;
    const upload = () => {
      commandLine ??= readCommandLine(join(this.#installation.root, 'dist'), readConfig(process.cwd()).said);
      return uploadCommandLine(commandLine, this.#to());
    };
    return {
      'before:deploy:function:initialize': () => checkAccount(this.#to()),
      'before:deploy:deploy': async () => {
        givenToken(this.#to(), process.env);
        await requireReady(
          beforeDeploying.filter(({ ofAws }) => !ofAws || !this.#isLocal),
          this.#to(),
        );
      },
      // The stack is there, if only with the bucket that the framework deploys from.
      'after:aws:deploy:deploy:createStack': async () => {
        const template = this.#provider.compiledCloudFormationTemplate;
        await takeUp(template, this.#to());
        await bringUpToDate(this.#to());
        await upload();
        const fitting = await fitReservations(template, this.#to());
        this.#provider.compiledCloudFormationTemplate = await keepDefinition(fitting, this.#to());
      },
      'before:aws:deploy:deploy:updateStack': () =>
        importToken(this.#provider.compiledCloudFormationTemplate, this.#to(), process.env),
      'after:aws:deploy:deploy:updateStack': async () => {
        await upload();
        await uploadSettings(readConfig(process.cwd()).said, this.#to());
        await writeSecrets(this.#to(), process.env, new Date());
      },
    };
  }

  #removing(): Hooks {
    let bucket: string | undefined;
    return {
      'before:remove:remove': async () => {
        await checkAccount(this.#to());
        await checkNothingRuns(this.#to(), this.#options.force === true);
        bucket = await bucketToRemove(this.#to());
      },
      'after:remove:remove': async () => {
        await removeSigningKey(this.#to());
        if (bucket !== undefined) await removeBucket(bucket, this.#to());
        else this.#log.notice(whatStays);
      },
    };
  }
}

const whatStays =
  'The artifact bucket and its key stay, with what is applied, planned and decided; the next deployment takes them up again.';

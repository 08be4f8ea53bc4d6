/** The product's own plugin of the Serverless Framework: what YAML can't say. Each hook is a file of its own. */
import { leaveNullsOut } from './leave-nulls-out.ts';

/** What of the framework is used. */
interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: object } };
}

export class DeploymentPlugin {
  readonly hooks: Record<string, () => void | Promise<void>>;

  constructor({ service: { provider } }: Serverless) {
    this.hooks = {
      // The first step that has the whole template before it is checked and written.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        provider.compiledCloudFormationTemplate = leaveNullsOut(provider.compiledCloudFormationTemplate);
      },
    };
  }
}

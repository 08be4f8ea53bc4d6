/** The product's own plugin of the Serverless Framework: what YAML can't say. Each hook is a file of its own. */
import { leaveNullsOut } from './leave-nulls-out.ts';
import { stringifyBuildspecs } from './stringify-buildspecs.ts';

interface Template {
  Resources: Parameters<typeof stringifyBuildspecs>[0];
}

/** What of the framework is used. */
interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: Template } };
}

export class DeploymentPlugin {
  readonly hooks: Record<string, () => void | Promise<void>>;

  constructor({ service: { provider } }: Serverless) {
    this.hooks = {
      // The first step that has the whole template before it is checked and written.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const template = leaveNullsOut(provider.compiledCloudFormationTemplate);
        provider.compiledCloudFormationTemplate = {
          ...template,
          Resources: stringifyBuildspecs(template.Resources),
        };
      },
    };
  }
}

import * as z from 'zod';
import { rollbackRules } from '../../model.ts';
import { emailAddress, ownParameterName, resourceName, tags, told } from './told.ts';

/** Of one environment, or of all. */
export const approvalRules = {
  approvers: told(
    z.array(emailAddress),
    'who is sent links to the approval page, by e-mail address. None: whoever may start the state machine decision approves',
    'SNS topic of each',
  ),
  minimumApprovals: told(z.int().min(1).max(20), 'how many different approvers must approve a plan'),
  authorMayApprove: told(z.boolean(), "whether the commit's author counts among the approvers"),
  autoApprove: told(
    z.enum(['never', 'no-destroy', 'always']),
    'which plans are applied without asking: none, those that destroy and replace nothing, all',
  ),
  rollback: told(
    z.enum(rollbackRules),
    'which rollbacks are asked about once they are planned: all, those that do more than undo in place what the delivery did, none',
  ),
};

export const approvalsSchema = z
  .strictObject({
    approvers: approvalRules.approvers.default([]),
    minimumApprovals: approvalRules.minimumApprovals.default(1),
    authorMayApprove: approvalRules.authorMayApprove.default(true),
    autoApprove: approvalRules.autoApprove.default('never'),
    rollback: approvalRules.rollback.default('ask-on-destroy'),
    page: z
      .strictObject({
        enabled: told(z.boolean(), 'whether there is an approval page', 'Lambda with a function URL').default(true),
        name: told(
          resourceName.nullable(),
          "the page's Lambda; none: <service>-<stage>-page",
          'Lambda FunctionName',
        ).default(null),
        linkHours: told(z.number().positive().max(8760), 'hours that a link to the page is valid').default(168),
      })
      .prefault({}),
    signingKey: z
      .strictObject({
        parameter: told(
          ownParameterName.nullable(),
          'the parameter that holds the key that signs links; none: /<service>-<stage>/signing-key, made by the deployment',
          'SSM SecureString',
        ).default(null),
        description: told(z.string().max(1024), "the parameter's description").default(
          'Signs links to the approval page',
        ),
        tags: tags("the parameter's tags").default({}),
      })
      .prefault({}),
  })
  .prefault({})
  .describe('who approves plans, and how; an environment may say otherwise');

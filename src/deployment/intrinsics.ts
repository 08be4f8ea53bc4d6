/** The parts of CloudFormation's language that settings come to. */

export type Intrinsic = { Ref: string } | { 'Fn::Sub': string } | { 'Fn::GetAtt': [string, string] };

export const sub = (text: string): Intrinsic => ({ 'Fn::Sub': text });
export const ref = (name: string): Intrinsic => ({ Ref: name });
export const attribute = (resource: string, name = 'Arn'): Intrinsic => ({ 'Fn::GetAtt': [resource, name] });

/** Where this stack is, in an ARN: what comes behind names the service's own things. */
export const here = (service: string) => `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}`;

export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string | string[];
  Resource: string | Intrinsic | (string | Intrinsic)[];
  Condition?: Record<string, Record<string, unknown>>;
}

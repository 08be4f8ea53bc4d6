import { leaveNullsOut } from '../../../src/deployment/leave-nulls-out.ts';

test('what is null is not in the template: a property, an item of a list, a whole resource', () => {
  const template = {
    Resources: {
      Key: null,
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: null, Path: '/', Policies: [null, { PolicyName: null }] },
      },
    },
  };
  expect(leaveNullsOut(template)).toEqual({
    Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { Path: '/', Policies: [{}] } } },
  });
});

test('what is empty, zero or false is kept', () => {
  const kept = { Tags: [], Value: '', Threshold: 0, Enabled: false };
  expect(leaveNullsOut(kept)).toEqual(kept);
});

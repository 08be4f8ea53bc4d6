import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { deployedSettings, uploadSettings } from '../../../src/deployment/deployed-settings.ts';
import { noStack, stackAnswer, targetThatAnswers } from '../../support/deployment-target.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

test('what the configuration says is left in the bucket when it is deployed', async () => {
  const said = { repository: 'example-org/network', sync: 'commit' };
  await using aws = await targetThatAnswers((call) =>
    call.name.startsWith('PUT ') ? {} : stackAnswer({ ArtifactBucketName: 'artifacts' }),
  );
  await uploadSettings(said, aws.target);
  const [put] = aws.calls.filter(({ name }) => name.startsWith('PUT '));
  expect(put?.name).toBe(`PUT /artifacts/${bucketKeys.settings}`);
  expect(JSON.stringify(put?.input)).toContain('example-org/network');
});

test('before there is a stack, there is nowhere to leave it', async () => {
  await using aws = await targetThatAnswers(() => noStack);
  await uploadSettings({}, aws.target);
  expect(aws.calls).toHaveLength(1);
});

test('a command works with what was deployed, with the defaults of what that does not say', async () => {
  const bucket = new MemoryBucket();
  expect(await deployedSettings(bucket)).toBeUndefined();
  await bucket.write(bucketKeys.settings, JSON.stringify({ repository: 'example-org/network' }));
  expect(await deployedSettings(bucket)).toMatchObject({ repository: 'example-org/network', branch: 'main' });
  await bucket.write(bucketKeys.settings, JSON.stringify({ repositoryy: 1 }));
  await expect(deployedSettings(bucket)).rejects.toThrow('the configuration that was deployed');
});

import type { Machine } from '../../../statemachine/asl.ts';
import { picture } from '../../../statemachine/picture.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { settings } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';

const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: {}, TimeoutSeconds: 60 } as const;

test('tasks are boxes, choices diamonds, a Parallel a frame, and errors dotted; what only carries data is left out', () => {
  const machine: Machine = {
    StartAt: 'Start',
    States: {
      Start: { Type: 'Pass', Next: 'Stage a' },
      'Stage a': {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Plan a',
            States: {
              'Plan a': { ...task, Next: 'End a' },
              'End a': { Type: 'Pass', Next: 'a' },
              a: { Type: 'Succeed', OutputPath: '$.o' },
            },
          },
        ],
        Parameters: {},
        Next: 'Join Stage a',
      },
      'Join Stage a': { Type: 'Pass', Next: 'Record' },
      Record: {
        ...task,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Note it' }],
        Next: 'How did it end?',
      },
      'Note it': { Type: 'Pass', Next: 'Halted' },
      'How did it end?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.r', StringEquals: 'halted', Next: 'Halted' }],
        Default: 'Delivered',
      },
      Delivered: { Type: 'Succeed' },
      Halted: { Type: 'Fail', Error: 'Halted', Cause: 'It is.' },
    },
  };
  expect(picture(machine)).toBe(
    [
      'flowchart TD',
      '  subgraph s0["Stage a"]',
      '    s1["Plan a"]',
      '  end',
      '  s2["Record"]',
      '  s3{"How did it end?"}',
      '  s4(["Delivered"])',
      '  s5(["Halted"])',
      '  s0 --> s2',
      '  s2 --> s3',
      '  s2 -.-> s5',
      '  s3 -->|halted| s5',
      '  s3 --> s4',
    ].join('\n'),
  );
});

test('whatever a path holds, it is text in the picture and nothing else', () => {
  const path = 'a"];\nx-->y|z| <b>&#35;';
  const drawn = picture(buildPipeline(deliveryOf('c'.repeat(40), [{ path }]), settings));
  const text = '"[^"<>|]*"';
  const node = `(\\[${text}\\]|\\{${text}\\}|\\(\\[${text}\\]\\))`;
  const lines = [
    'flowchart TD',
    `subgraph s\\d+\\[${text}\\]`,
    'end',
    `s\\d+${node}`,
    's\\d+ (-->|-\\.->)(\\|[\\w-]+\\|)? s\\d+',
  ];
  for (const line of drawn.split('\n')) expect(line).toMatch(new RegExp(`^ *(${lines.join('|')})$`));
  expect(drawn).toContain('#34;');
});

test('a delivery is drawn with every task of its units', () => {
  const delivery = deliveryOf('c'.repeat(40), [{ path: 'vpc' }, { path: 'app', after: ['vpc'] }]);
  const drawn = picture(buildPipeline(delivery, settings));
  for (const verb of ['Plan', 'Approve', 'Apply', 'Rollback'])
    for (const path of ['vpc', 'app']) expect(drawn).toContain(`["${verb} ${path}"]`);
});

/**
 * Where everything lies in the artifact bucket. Nothing else in the product writes a key.
 *
 * The first folder says who writes: `plans/` plan builds, `applies/` apply builds, `requests/`, `votes/` and `approvals/` the
 * approval functions, and everything else the product's other functions. Builds run the code of the live repository, so IAM must tell
 * these apart whatever a unit is called: a `*` of a policy reaches over slashes, and names of units stand only below
 * folders that belong to one writer.
 */
import { createHash } from 'node:crypto';

/**
 * A unit's path as one segment of a key: percent-encoded, so that no path can reach outside of its folder; a long one
 * is cut and told apart by a hash. S3 allows 1,024 bytes a key.
 */
export function unitKey(path: string): string {
  const encoded = encodeURIComponent(path).replaceAll('.', '%2E').replaceAll('~', '%7E');
  if (encoded.length <= 200) return encoded;
  return `${encoded.slice(0, 160)}~${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}

/** What plans are for: to deliver, made by a plan build; or to go back, made by an apply build. */
export const planners = ['plan', 'rollback'] as const;
export type Planner = (typeof planners)[number];

const planResults = { plan: 'plan', rollback: 'plan-rollback' } satisfies Record<Planner, string>;

const buildFolder = (delivery: string, path: string, action: string) =>
  `${action === 'plan' ? 'plans' : 'applies'}/${delivery}/${unitKey(path)}`;

const [changeSets, deadLetters] = ['change-sets/', 'dead-letters/'];
const requests = (delivery: string) => `requests/${delivery}/`;
const ofUnits = { plan: 'unit', rollback: 'rollback' } satisfies Record<Planner, string>;
const votes = (delivery: string) => `votes/${delivery}/`;
const builds = (delivery: string) => [`plans/${delivery}/`, `applies/${delivery}/`];

/** As digits that sort like the number. */
export function tenDigits(sequence: number): string {
  return String(sequence).padStart(10, '0');
}

export const bucketKeys = {
  /** The pointer: which delivery runs, which is halted, what is carried. */
  pointer: 'pipeline/state.json',
  /** The last commit that was enqueued. */
  enqueued: 'pipeline/enqueued.json',
  /** The push that could not be enqueued last, and why. */
  refused: 'pipeline/refused.json',
  /** What is proposed now to bring git back to what is applied. */
  proposal: 'pipeline/sync.json',
  /** Each unit's last applied commit and fingerprint. */
  applied: 'pipeline/applied.json',
  /** Its first write takes the number: change sets lie in the order in which they are delivered. */
  changeSet: (sequence: number) => `${changeSets}${tenDigits(sequence)}.json`,
  changeSets,
  /** What could not be delivered, and why; by its sequence number, or by the id of a message that is none. */
  deadLetter: (id: string) => `${deadLetters}${encodeURIComponent(id)}.json`,
  deadLetters,
  /** What the configuration said that was deployed. */
  settings: 'pipeline/settings.json',
  /** What builds run, by its SHA-256 in hex. */
  commandLine: (digest: string) => `command-line/${digest}.zip`,
  deliveries: 'deliveries/',
  delivery: (delivery: string) => `deliveries/${delivery}/delivery.json`,
  definition: (delivery: string) => `deliveries/${delivery}/definition.json`,
  outcomes: (delivery: string) => `deliveries/${delivery}/outcomes.json`,
  /** Somebody cancelled the delivery: no plan and no apply begins any more. */
  cancelled: (delivery: string) => `deliveries/${delivery}/cancelled.json`,
  declined: (delivery: string) => `deliveries/${delivery}/declined.json`,
  /** What was done after the delivery to bring git back to what is applied. */
  sync: (delivery: string) => `deliveries/${delivery}/sync.json`,
  /** The units that the compact form delivers, or rolls back, at once: items of one Map state. Numbered from 1. */
  group: (delivery: string, group: number) => `deliveries/${delivery}/groups/${group}.json`,
  /** How the units ended that had ended by the end of that group; of group 0, before the first. */
  ended: (delivery: string, group: number) => `deliveries/${delivery}/groups/${group}-ended.json`,
  /** What approvers are asked and how it was answered; one object for each request. */
  requests,
  unitRequests: (delivery: string, by: Planner = 'plan') => `${requests(delivery)}${ofUnits[by]}/`,
  request: (delivery: string, path: string, by: Planner = 'plan') =>
    `${requests(delivery)}${ofUnits[by]}/${unitKey(path)}.json`,
  rollbackRequest: (delivery: string) => `${requests(delivery)}rollback.json`,
  votesIn: votes,
  votesOf: (delivery: string, path: string) => `${votes(delivery)}${unitKey(path)}/`,
  /** Who answered what on which plan of a unit; see vote.ts. */
  votesOn: (delivery: string, path: string, plan: string) => `${votes(delivery)}${unitKey(path)}/${plan}/`,
  vote: (delivery: string, path: string, plan: string, name: string) =>
    `${votes(delivery)}${unitKey(path)}/${plan}/${name}.json`,
  /** What people were told of a delivery. */
  told: (delivery: string) => `notifications/${delivery}.json`,
  /** Task tokens of what waits, by their hash. Only `request-approval` and `decide` may touch them. */
  tokens: (delivery: string) => `approvals/${delivery}/`,
  token: (delivery: string, hash: string) => `approvals/${delivery}/${hash}.token`,
  /** `plan`, `apply`, `destroy`, `plan-rollback` or `rollback`: what the build did. */
  result: (delivery: string, path: string, action: string) => `${buildFolder(delivery, path, action)}/${action}.json`,
  planResult: (delivery: string, path: string, by: Planner = 'plan') =>
    `${buildFolder(delivery, path, by)}/${planResults[by]}.json`,
  log: (delivery: string, path: string, action: string) => `${buildFolder(delivery, path, action)}/${action}.log`,
  planFile: (delivery: string, path: string, plan: string, by: Planner = 'plan') =>
    `${buildFolder(delivery, path, by)}/${plan}.tfplan`,
  /** What the plan was made with and git doesn't have: see beside-plan.ts. */
  besidePlan: (delivery: string, path: string, plan: string, by: Planner = 'plan') =>
    `${buildFolder(delivery, path, by)}/${plan}.beside`,
  planJson: (delivery: string, path: string, plan: string, by: Planner = 'plan') =>
    `${buildFolder(delivery, path, by)}/${plan}.json`,
  planText: (delivery: string, path: string, plan: string, by: Planner = 'plan') =>
    `${buildFolder(delivery, path, by)}/${plan}.txt`,
  /** What builds left of a delivery's units. */
  builds,
  /** What is known of a delivery and its units, without the tokens. */
  folders: (delivery: string) => [`deliveries/${delivery}/`, ...builds(delivery), requests(delivery)],
} as const;

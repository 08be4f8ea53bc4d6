/** A delivery as it could be in anybody's live repository, half-way: for pictures, and for what a browser makes of the page. */
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { noEffects } from '../../src/model.ts';
import { Approvals, delivery } from './approvals.ts';
import { commit } from './change-set.ts';
import { PageVisit } from './page-visit.ts';
import type { Ended } from './pipeline-stage.ts';

export const shownUnits = {
  'network/vpc': [],
  'network/dns': [],
  'data/orders-db': ['network/vpc'],
  'data/cache': ['network/vpc'],
  'apps/orders': ['data/cache', 'data/orders-db'],
  'apps/website': ['apps/orders', 'network/dns'],
  'apps/admin': ['data/orders-db', 'network/dns'],
};

const databasePlan = `Terraform used the selected providers to generate the following execution plan. Resource actions are
indicated with the following symbols:
  + create
  ~ update in-place
-/+ destroy and then create replacement

Terraform will perform the following actions:

  # aws_db_instance.orders must be replaced
-/+ resource "aws_db_instance" "orders" {
      ~ address              = "orders.c1abc.eu-west-1.rds.amazonaws.com" -> (known after apply)
      ~ allocated_storage    = 100 -> 200
      ~ engine_version       = "15.7" -> "16.4"
      ~ identifier           = "orders" -> "orders-16" # forces replacement
      ~ password             = (sensitive value)
        # (31 unchanged attributes hidden)
    }

  # aws_db_parameter_group.orders will be updated in-place
  ~ resource "aws_db_parameter_group" "orders" {
        id          = "orders"
      ~ description = "orders" -> "orders, PostgreSQL 16"

      - parameter {
          - name  = "rds.force_ssl" -> null
          - value = "0" -> null
        }
      + parameter {
          + name  = "rds.force_ssl"
          + value = "1"
        }
    }

  # aws_security_group_rule.apps will be created
  + resource "aws_security_group_rule" "apps" {
      + from_port                = 5432
      + protocol                 = "tcp"
      + source_security_group_id = "sg-0a1b2c3d4e5f"
      + to_port                  = 5432
      + type                     = "ingress"
    }

Plan: 2 to add, 1 to change, 1 to destroy.

Changes to Outputs:
  ~ endpoint = "orders.c1abc.eu-west-1.rds.amazonaws.com:5432" -> (known after apply)
`;

const cachePlan = `Terraform will perform the following actions:

  # aws_elasticache_cluster.main will be updated in-place
  ~ resource "aws_elasticache_cluster" "main" {
        id        = "main"
      ~ node_type = "cache.t4g.small" -> "cache.t4g.medium"
    }

Plan: 0 to add, 1 to change, 0 to destroy.
`;

/** The network is applied; the database and the cache ask; the applications wait for them. */
export async function shownDelivery(): Promise<PageVisit> {
  const rules = { approvers: ['ada@example.org', 'bob@example.org', 'cyd@example.org'], minimumApprovals: 2 };
  const touched = Object.fromEntries(Object.keys(shownUnits).map((path) => [path, 'modified' as const]));
  const visit = new PageVisit(await Approvals.start(rules, { graph: shownUnits, touched, base: null }));
  const { approvals } = visit;
  const { stage } = approvals;
  await visit.describedAs('Move orders to PostgreSQL 16', 'Bob Example', commit('c0'));
  for (const unit of ['network/vpc', 'network/dns']) {
    const plan = (unit === 'network/vpc' ? 'c' : 'd').repeat(64);
    const counts = { ...noEffects, change: 2 };
    await visit.plan(unit, { plan, counts });
    await approvals.decide({ unit, decision: 'approve' }, approvals.context(), 'console:release');
    await approvals.decide({ unit, decision: 'approve' }, approvals.context(), 'bob@example.org');
    await stage.built(delivery, unit, { action: 'apply', outcome: 'applied', plan, counts });
  }
  await visit.plan('data/orders-db', {
    text: databasePlan,
    counts: { ...noEffects, add: 2, change: 1, destroy: 1 },
    destroys: [{ address: 'aws_db_instance.orders', replaced: true }],
    outputsChanged: ['endpoint'],
  });
  await visit.plan('data/cache', {
    text: cachePlan,
    plan: 'b'.repeat(64),
    counts: { ...noEffects, change: 1 },
  });
  await approvals.decide({ unit: 'data/orders-db', decision: 'approve' }, approvals.context(), 'bob@example.org');
  return visit;
}

/** The database's apply fails, and nobody wants the cache: what waited behind them is cancelled, and the delivery asks what to roll back. */
export async function endsInTrouble({ approvals }: PageVisit): Promise<Ended> {
  const { stage } = approvals;
  const failed = { plan: 'a'.repeat(64), error: 'terraform apply failed: engine version 16.4 is not to be had' };
  await approvals.decide({ unit: 'data/orders-db', decision: 'approve' }, approvals.context(), 'ada@example.org');
  await stage.built(delivery, 'data/orders-db', { action: 'apply', outcome: 'failed', ...failed });
  const log = 'aws_db_instance.orders: Destroying... [id=orders]\nError: engine version 16.4 is not to be had\n';
  await stage.bucket.write(bucketKeys.log(delivery, 'data/orders-db', 'apply'), log);
  const decline = { unit: 'data/cache', decision: 'decline', comment: 'too expensive' };
  await approvals.decide(decline, approvals.context(), 'cyd@example.org');
  const applied = { 'network/vpc': 'applied', 'network/dns': 'applied' } as const;
  const rest = { 'apps/orders': 'cancelled', 'apps/website': 'cancelled', 'apps/admin': 'cancelled' } as const;
  return { ...applied, 'data/orders-db': 'half applied', 'data/cache': 'declined', ...rest };
}

/** The declined delivery goes on to its end: the network's unit that was chosen is rolled back, and what waited is cancelled. */
export async function endsRolledBack({ approvals: { stage } }: PageVisit, unit: string): Promise<void> {
  const cancelled = ['data/cache', 'apps/orders', 'apps/website', 'apps/admin'].map(
    (path) => [path, 'cancelled'] as const,
  );
  await stage.built(delivery, unit, { action: 'rollback', outcome: 'rolled-back' });
  await stage.execute(delivery, {
    ...Object.fromEntries(cancelled),
    'data/orders-db': 'declined',
    [unit]: 'rolled-back',
  });
  await stage.poll();
}

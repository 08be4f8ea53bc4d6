/** What CodeBuild's API tells of builds that are played, and its StopBuild (CodeBuild API reference). */
import { randomUUID } from 'node:crypto';

interface Known {
  id: string;
  projectName: string;
  buildStatus: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'STOPPED';
  startTime: number;
  endTime?: number;
  environment: { environmentVariables: { name: string; value: string; type: 'PLAINTEXT' }[] };
  stop: AbortController;
}

const seconds = () => Date.now() / 1000;

export class KnownBuilds {
  /** The newest first, as they are listed. */
  readonly #builds: Known[] = [];

  begin(projectName: string, variables: Record<string, string>) {
    const told = Object.entries(variables).map(([name, value]) => ({ name, value, type: 'PLAINTEXT' as const }));
    const build: Known = {
      id: `${projectName}:${randomUUID()}`,
      projectName,
      buildStatus: 'IN_PROGRESS',
      startTime: seconds(),
      environment: { environmentVariables: told },
      stop: new AbortController(),
    };
    this.#builds.unshift(build);
    return {
      signal: build.stop.signal,
      end: (succeeded: boolean) => {
        const status = build.stop.signal.aborted ? 'STOPPED' : succeeded ? 'SUCCEEDED' : 'FAILED';
        Object.assign(build, { buildStatus: status, endTime: seconds() });
        return status;
      },
    } as const;
  }

  answer(operation: string, given: Record<string, unknown>): object {
    switch (operation) {
      case 'ListBuildsForProject':
        return { ids: this.#builds.filter((build) => build.projectName === given.projectName).map(({ id }) => id) };
      case 'BatchGetBuilds':
        return { builds: this.#builds.filter(({ id }) => (given.ids as string[]).includes(id)).map(described) };
      case 'StopBuild': {
        const build = this.#builds.find(({ id }) => id === given.id);
        build?.stop.abort();
        return { build: build && described(build) };
      }
      default:
        throw new Error(`CodeBuild is not played so far that it knows ${operation}.`);
    }
  }
}

/** All of a build's time is its work here: nothing is queued, provisioned or downloaded. */
function described({ stop: _, ...build }: Known): object {
  const ended = build.endTime ?? seconds();
  const phase = (phaseType: string, durationInSeconds: number) => ({ phaseType, durationInSeconds });
  const whole = Math.round(ended - build.startTime);
  const phases = [phase('QUEUED', 0), phase('PROVISIONING', 0), phase('DOWNLOAD_SOURCE', 0), phase('BUILD', whole)];
  return { ...build, phases };
}

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
}

const idle = new Set(['(idle)', '(program)', '(root)']);

/**
 * The functions that used the CPU themselves, the most expensive first, as lines of text: what to look at before
 * anything is changed. Shares are of the time in which JavaScript ran or garbage was collected.
 */
export function hottest(folder: string, name: string, count = 30): string[] {
  const samples = new Map<string, number>();
  let all = 0;
  for (const file of globSync(join(folder, `${name}-*.cpuprofile`))) {
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
    const nameOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, named(callFrame)]));
    for (const id of profile.samples) {
      const name = nameOf.get(id) ?? '';
      if (idle.has(name)) continue;
      samples.set(name, (samples.get(name) ?? 0) + 1);
      all++;
    }
  }
  return [...samples]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, hits]) => `${((100 * hits) / all).toFixed(1).padStart(5)} %  ${name}`);
}

function named({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(?=playground-server\/|node_modules\/|tests\/)/, '');
  return url ? `${functionName || 'anonymous'}  ${place}:${lineNumber + 1}` : functionName;
}

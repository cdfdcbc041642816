/**
 * The deployments a reader can start, as data: what runs, who chooses the process, where sessions live.
 * The server starts labs from this table and the pages render it. Deployments join it when they can be started.
 */

export interface Deployment {
  id: string;
  /** How many worker processes it starts, unless fewer are asked for. */
  processes: number;
  /** How the router picks a process for a request. `none`: there is only one. */
  router: 'none' | 'round-robin' | 'hash' | 'sticky';
  /** Where sessions live. `none`: there are no sessions. */
  backplane: 'memory' | 'sqlite' | 'none';
  title: string;
  /** What a reader will see, in one sentence. */
  shows: string;
  /** What in the field is deployed like this. */
  field: string;
}

export const deployments = [
  {
    id: 'single',
    processes: 1,
    router: 'none',
    backplane: 'memory',
    title: 'One process',
    shows: 'Everything works: one process holds every session and every stream.',
    field: 'Puma with workers 0, one Node.js process',
  },
  {
    id: 'forked',
    processes: 4,
    router: 'round-robin',
    backplane: 'memory',
    title: 'Four processes',
    shows:
      'About one call in four works: the session is in the memory of the process that opened it, and nowhere else.',
    field: 'Unicorn, Puma in cluster mode, node:cluster, PM2, gunicorn',
  },
  {
    id: 'hashed',
    processes: 4,
    router: 'hash',
    backplane: 'memory',
    title: 'Four, by hash of the session id',
    shows:
      'All or nothing: a session whose id happens to hash to the process that opened it always works, the others never.',
    field: 'nginx with hash $http_mcp_session_id consistent',
  },
  {
    id: 'sticky',
    processes: 4,
    router: 'sticky',
    backplane: 'memory',
    title: 'Four, by learned affinity',
    shows: 'Every call finds its session until its process dies: then it is lost, however well the router remembers.',
    field: 'HAProxy with a stick table learned from the response header',
  },
  {
    id: 'shared',
    processes: 4,
    router: 'round-robin',
    backplane: 'sqlite',
    title: 'Four, sharing their state',
    shows:
      'Every call works on every process, and killing any of them loses no session: the state is in a store that all of them reach.',
    field: 'a transport whose sessions and events are in a store that all processes reach',
  },
  {
    id: 'stateless',
    processes: 4,
    router: 'round-robin',
    backplane: 'none',
    title: 'Four, without sessions',
    shows: 'Every call works on every process; nothing can be pushed, asked or resumed.',
    field: 'stateless mode of the SDKs, serverless platforms',
  },
] as const satisfies readonly Deployment[];

/** The most processes that any deployment starts: what a lab may cost. */
export const mostProcesses = Math.max(...deployments.map(({ processes }) => processes));

export type DeploymentId = (typeof deployments)[number]['id'];

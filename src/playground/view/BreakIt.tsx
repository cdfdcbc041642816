import { useSignal } from '@preact/signals';
import { faultBounds, type LastingFaults } from '../../../playground-server/lab/faults.ts';
import type { LessonStore } from './store.ts';

const notifications = [
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/message',
];

/** Faults in the way between the client and the processes, and notifications on demand. */
export function BreakIt({ store }: { store: LessonStore }) {
  const open = useSignal(false);
  if (!store.lab.value || store.status.value.kind === 'over') return null;
  return (
    <details
      class="break-it"
      open={open.value}
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>Break something</summary>
      <fieldset class="composer">
        <legend>Faults on the way, as a proxy or a network would cause them</legend>
        {/* Looked up anew with every event: only where it can be read. */}
        {open.value && <CutStreams store={store} />}
        {lasting.map((fault) => (
          <Lasting key={fault.kind} store={store} fault={fault} />
        ))}
        {store.figure.lifelines.value.store && <Outage store={store} />}
      </fieldset>
      <fieldset class="composer">
        <legend>Things that a server does by itself</legend>
        <Expire store={store} />
        <Emit store={store} />
      </fieldset>
    </details>
  );
}

interface OpenStream {
  session: string;
  stream: string;
}

/** Every stream that some connection carries now. */
function openStreams(store: LessonStore): OpenStream[] {
  const open = new Map<string, OpenStream>();
  const carried = new Map<string, string>();
  for (const { body, exchange = '', session, stream } of store.log.value.events) {
    if (body.type === 'stream-attached' && session !== undefined && stream !== undefined) {
      open.set(`${session} ${stream}`, { session, stream });
      carried.set(exchange, `${session} ${stream}`);
    }
    if (body.type === 'response-end') open.delete(carried.get(exchange) ?? '');
  }
  return [...open.values()];
}

function CutStreams({ store }: { store: LessonStore }) {
  const streams = openStreams(store);
  const cut = ({ stream, session }: OpenStream) =>
    store.inject({ kind: 'drop-connection', stream, session }, ({ dropped }) =>
      dropped === 0 ? 'No connection carried that stream any more.' : `The connection of stream ${stream} was cut.`,
    );
  return (
    <div class="bar" data-fault="drop-connection">
      <span>Cut the connection of stream</span>
      {streams.length === 0 && <span class="hint">none is open</span>}
      {streams.map((open) => (
        <button type="button" class="act" key={`${open.session} ${open.stream}`} onClick={() => void cut(open)}>
          {open.stream} <span class="m">of {open.session}</span>
        </button>
      ))}
    </div>
  );
}

interface LastingFault {
  kind: 'buffer' | 'cut-idle' | 'delay';
  label: string;
  unit: string;
  first: number;
  most: number;
  /** How much of it there is now. */
  of: (faults: LastingFaults) => number;
}

const lasting: readonly LastingFault[] = [
  {
    kind: 'buffer',
    label: 'Hold answers back until',
    unit: 'bytes',
    first: 4096,
    most: faultBounds.bufferBytes,
    of: ({ bufferBytes }) => bufferBytes,
  },
  {
    kind: 'cut-idle',
    label: 'Cut answers that are quiet for',
    unit: 'ms',
    first: 3000,
    most: faultBounds.cutIdleMs,
    of: ({ cutIdleMs }) => cutIdleMs,
  },
  {
    kind: 'delay',
    label: 'Delay every request by',
    unit: 'ms',
    first: 500,
    most: faultBounds.delayMs,
    of: ({ delayMs }) => delayMs,
  },
];

/** A fault that stays until it is taken back. */
function Lasting({ store, fault }: { store: LessonStore; fault: LastingFault }) {
  const { kind, label, unit, first, most } = fault;
  const amount = useSignal(first);
  const now = fault.of(store.acting.value.faults);
  const inject = (size: number): Promise<void> =>
    store.inject(kind === 'buffer' ? { kind, bytes: size } : { kind, ms: size }, () =>
      size === 0 ? 'Taken back.' : `${label} ${size} ${unit}, from the next exchange on.`,
    );
  return (
    <form
      class="bar"
      data-fault={kind}
      data-now={now}
      onSubmit={(event) => {
        event.preventDefault();
        void inject(amount.value);
      }}
    >
      <label>
        {label}{' '}
        <span class="amount">
          <input
            type="number"
            min="1"
            max={most}
            required
            value={amount.value}
            onInput={({ currentTarget }) => {
              amount.value = currentTarget.valueAsNumber;
            }}
          />{' '}
          {unit}
        </span>
      </label>
      <span class="bar">
        <button type="submit" class="act">
          Begin
        </button>
        {/* Not `disabled`: the button that was just pressed would lose the focus. */}
        <button type="button" class="act" aria-disabled={now === 0} onClick={() => now > 0 && void inject(0)}>
          Take back
        </button>
      </span>
      {now > 0 && (
        <span class="hint in-effect">
          In effect: {now} {unit}.
        </span>
      )}
    </form>
  );
}

/** How long the outage of the button is: longer than a client waits for the first answer, shorter than anyone's patience. */
const outageMs = 6_000;

/** The store that the processes share is out of reach for a while: it comes back by itself. */
function Outage({ store }: { store: LessonStore }) {
  const down = !store.figure.store.value.reachable;
  const inject = (ms: number): Promise<void> =>
    store.inject({ kind: 'store-down', ms }, () =>
      ms === 0 ? 'Taken back.' : `No process reaches the store for ${ms / 1000} s.`,
    );
  return (
    <div class="bar" data-fault="store-down">
      <button type="button" class="act" aria-disabled={down} onClick={() => !down && void inject(outageMs)}>
        Let the store be out of reach for {outageMs / 1000} s
      </button>
      <button type="button" class="act" aria-disabled={!down} onClick={() => down && void inject(0)}>
        Take back
      </button>
      {down && <span class="hint in-effect">In effect.</span>}
    </div>
  );
}

function Expire({ store }: { store: LessonStore }) {
  const session = store.reader.value.session;
  return (
    <div class="bar" data-fault="expire-session">
      <button
        type="button"
        class="act"
        aria-disabled={!session}
        onClick={() =>
          session &&
          void store.inject({ kind: 'expire-session', id: session.id }, () => 'The session of this page expired.')
        }
      >
        Let this page's session expire
      </button>
    </div>
  );
}

function Emit({ store }: { store: LessonStore }) {
  const notification = useSignal(notifications[0] as string);
  const chosen = useSignal('');
  const alive = store.boxes.value.filter((box) => box.alive);
  const process = alive.find(({ name }) => name === chosen.value) ?? alive[0];
  return (
    <div class="bar" data-fault="emit">
      <button
        type="button"
        class="act"
        aria-disabled={!process}
        onClick={() => process && void store.emit(process.name, notification.value)}
      >
        Emit
      </button>
      <select
        aria-label="The notification to emit"
        value={notification.value}
        onChange={({ currentTarget }) => {
          notification.value = currentTarget.value;
        }}
      >
        {notifications.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {alive.length > 1 && (
        <select
          aria-label="The process that emits"
          value={process?.name}
          onChange={({ currentTarget }) => {
            chosen.value = currentTarget.value;
          }}
        >
          {alive.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </div>
  );
}

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { canAct } from '../model/acts.ts';
import { fieldsOf, readForm } from '../model/tool-form.ts';
import { FormField } from './FormField.tsx';
import type { LessonStore } from './store.ts';

/** A call of any tool, with a form made from the schema that the server gave. Without a list of tools it asks first. */
export function ToolCall({ store }: { store: LessonStore }) {
  const tools = store.tools.value;
  if (tools && tools.length > 0) return <ToolForm store={store} />;
  const possible = canAct('list', store.acting.value);
  return (
    <div class="bar">
      <button
        type="button"
        class="act"
        data-act="call"
        aria-disabled={!possible}
        onClick={() => possible && void store.act('list')}
      >
        Call a tool
      </button>
      <span class="hint">asks for the list of tools first</span>
    </div>
  );
}

function ToolForm({ store }: { store: LessonStore }) {
  const chosen = useSignal(store.lesson.value?.steps.some(({ acts }) => acts.includes('count')) ? 'count' : '');
  const values = useSignal<Readonly<Record<string, string>>>({});
  const faults = useSignal<Readonly<Record<string, string>>>({});
  const form = useRef<HTMLFormElement>(null);
  const tools = store.tools.value ?? [];
  const tool = tools.find(({ name }) => name === chosen.value) ?? tools[0];
  if (!tool) return null;
  const fields = fieldsOf(tool.inputSchema);
  const possible = canAct('call', store.acting.value);

  function choose(name: string): void {
    chosen.value = name;
    values.value = {};
    faults.value = {};
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (!tool || !possible) return;
    const read = readForm(fields, values.value);
    faults.value = 'faults' in read ? read.faults : {};
    if ('args' in read) void store.call(tool.name, read.args);
    else form.current?.querySelector<HTMLElement>(`[name="${Object.keys(read.faults)[0]}"]`)?.focus();
  }

  return (
    <form ref={form} class="tool-form" noValidate onSubmit={submit}>
      <div class="bar">
        <label>
          Tool{' '}
          <select value={tool.name} data-tool onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {tools.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="act" data-act="call" aria-disabled={!possible}>
          Call {tool.name}
        </button>
      </div>
      <p class="hint">{tool.description}</p>
      {fields.map((field) => (
        <FormField
          key={`${tool.name}/${field.name}`}
          prefix="argument"
          field={field}
          value={values.value[field.name] ?? field.initial}
          fault={faults.value[field.name]}
          onValue={(value) => {
            values.value = { ...values.value, [field.name]: value };
          }}
        />
      ))}
    </form>
  );
}

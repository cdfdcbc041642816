import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { accepted, formFor, type OpenQuestion } from '../model/questions.ts';
import { fieldsOf, readForm } from '../model/tool-form.ts';
import { FormField } from './FormField.tsx';
import type { LessonStore } from './store.ts';

/** A form made from the schema of the question. Whatever the reader does is an answer, and none is withheld. */
export function QuestionForm({ store, question }: { store: LessonStore; question: OpenQuestion }) {
  const values = useSignal<Readonly<Record<string, string>>>({});
  const faults = useSignal<Readonly<Record<string, string>>>({});
  const form = useRef<HTMLFormElement>(null);
  const { words, schema } = formFor(question);
  const fields = fieldsOf(schema);

  function submit(): void {
    const read = readForm(fields, values.value);
    faults.value = 'faults' in read ? read.faults : {};
    if ('args' in read) store.answer(accepted(question, read.args));
    else form.current?.querySelector<HTMLElement>(`[name="${Object.keys(read.faults)[0]}"]`)?.focus();
  }

  useEffect(() => {
    store.answerForm.submit = submit;
    // The reader asked for it a moment ago, with a button that stands beside it.
    form.current?.querySelector<HTMLElement>('input, select')?.focus({ preventScroll: true });
    return () => {
      store.answerForm.submit = undefined;
    };
  }, []);

  return (
    <form
      ref={form}
      class="composer question"
      noValidate
      aria-label="The server asks"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p class="question-words" role="status">
        <b>The server asks:</b> {words}
      </p>
      {fields.map((field) => (
        <FormField
          key={field.name}
          prefix="answer"
          field={field}
          value={values.value[field.name] ?? field.initial}
          fault={faults.value[field.name]}
          onValue={(value) => {
            values.value = { ...values.value, [field.name]: value };
          }}
        />
      ))}
      <div class="bar">
        <button type="submit" class="act" data-act="answer">
          Send the answer
        </button>
        {question.method === 'elicitation/create' && (
          <>
            <button type="button" class="act" data-act="decline" onClick={() => void store.act('decline')}>
              Decline
            </button>
            <button type="button" class="act" data-act="dismiss" onClick={() => void store.act('dismiss')}>
              Close without an answer
            </button>
          </>
        )}
      </div>
    </form>
  );
}

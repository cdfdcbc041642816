import { useEffect, useState } from 'preact/hooks';
import type { LessonStore } from './store.ts';

type Form = typeof import('./QuestionForm.tsx');

async function load(): Promise<Form> {
  const { QuestionForm } = await import('./QuestionForm.tsx');
  return { QuestionForm };
}

/** What the server asks the reader. The form is loaded with the first question. */
export function AskedQuestion({ store }: { store: LessonStore }) {
  const [form, setForm] = useState<Form | undefined>(undefined);
  const question = store.reader.value.question;
  const needed = question !== undefined;
  useEffect(() => {
    if (needed && !form) void load().then(setForm);
  }, [needed, form]);
  return form && question ? <form.QuestionForm key={question.number} store={store} question={question} /> : null;
}

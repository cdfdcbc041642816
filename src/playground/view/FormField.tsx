import { choiceText, type Field } from '../model/tool-form.ts';

interface FormFieldProps {
  /** Tells the fields of one form from those of another. */
  prefix: string;
  field: Field;
  value: string;
  fault: string | undefined;
  onValue: (value: string) => void;
}

/** One field of a form that was made from a schema, with what is wrong with it. */
export function FormField({ prefix, field, value, fault, onValue }: FormFieldProps) {
  const id = `${prefix}-${field.name}`;
  const common = {
    id,
    name: field.name,
    'aria-describedby': `${id}-says`,
    'aria-invalid': fault !== undefined,
    'aria-required': field.required,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      onValue(currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>
        <code>{field.name}</code>
      </label>
      {field.kind === 'boolean' || field.kind === 'choice' ? (
        <select {...common} value={value}>
          {optionsOf(field).map((option) => (
            <option key={option} value={option}>
              {option === '' ? 'not said' : option}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          inputMode={field.kind === 'integer' ? 'numeric' : 'text'}
          autocomplete="off"
          value={value}
        />
      )}
      <p id={`${id}-says`} class="hint">
        {fault !== undefined && <b class="bad">{fault} </b>}
        {hint(field)}
      </p>
    </div>
  );
}

function optionsOf({ kind, choices, required }: Field): string[] {
  const options = kind === 'boolean' ? ['true', 'false'] : choices.map(choiceText);
  return kind === 'boolean' || required ? options : ['', ...options];
}

/** What to write: the tool's own words, and the bounds that its schema sets. */
function hint({ description, kind, minimum, maximum, required }: Field): string {
  const bounds = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : '';
  const form = kind === 'json' ? 'as JSON' : bounds;
  return [description, form, required ? 'needed' : ''].filter(Boolean).join(' · ');
}

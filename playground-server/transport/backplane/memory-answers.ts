import { keepAnswerMs, maxAnswers } from './session-rules.ts';

interface Answer {
  readonly json: string;
  readonly at: number;
}

/** Responses that whoever asked has yet to read, session by session. */
export class MemoryAnswers {
  readonly #now: () => number;
  readonly #answers = new Map<string, Map<string, Answer>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  keep(session: string, question: string, json: string): void {
    const answers = this.#answers.get(session) ?? new Map<string, Answer>();
    this.#answers.set(session, answers);
    const now = this.#now();
    if (isKept(answers.get(question), now)) return;
    answers.delete(question);
    answers.set(question, { json, at: now });
    // A map keeps the order of insertion, so the oldest stand first.
    for (const [other, answer] of answers) {
      if (answers.size <= maxAnswers && isKept(answer, now)) return;
      answers.delete(other);
    }
  }

  read(session: string, question: string): string | null {
    const answer = this.#answers.get(session)?.get(question);
    return answer && isKept(answer, this.#now()) ? answer.json : null;
  }

  drop(session: string, question: string): void {
    const answers = this.#answers.get(session);
    answers?.delete(question);
    if (answers?.size === 0) this.forget(session);
  }

  forget(session: string): void {
    this.#answers.delete(session);
  }
}

function isKept(answer: Answer | undefined, now: number): boolean {
  return answer !== undefined && now - answer.at < keepAnswerMs;
}

/** How much is measured. */
export interface Plan {
  rounds: number;
  /** How long a server is loaded in a round. */
  seconds: number;
  /** Sessions and streams are so many times fewer; 1 for what counts. */
  scale: number;
  /** Where our servers write CPU profiles, if they do. */
  profiles?: string;
}

export const fullPlan: Plan = { rounds: 5, seconds: 2, scale: 1 };
/** To see that all of it works; its figures mean little. */
export const quickPlan: Plan = { rounds: 1, seconds: 1, scale: 20 };

/** So many, or fewer in a quick run. */
export const scaled = (count: number, { scale }: Plan) => Math.max(1, Math.round(count / scale));

/** What every store goes by when it keeps and drops the events of a session. */

/** A finished stream whose last byte was written is kept this long, in case the client never received it (rule R4). */
export const keepDeliveredMs = 30_000;
/** What an event and a stream weigh beside their text, so that many tiny ones count as what they cost. */
export const eventWeight = 64;
export const streamWeight = 200;
/** How many dropped streams a session remembers, to tell their clients that the answer is lost (rule R2). */
export const maxDropped = 256;

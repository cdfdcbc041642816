/** How often a property is tried: `SOAK=1` tries fifty times as often. */
export const runs = (usual: number): number => (process.env.SOAK ? usual * 50 : usual);

/** What stands in a `Recency` list: its neighbours are kept in the thing itself, so that moving it allocates nothing. */
export interface RecencyNode<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** A doubly linked list in order of use: the newest is added at the end, any node can leave. */
export class Recency<T extends RecencyNode<T>> {
  oldest: T | undefined;
  newest: T | undefined;

  add(node: T): void {
    node.older = this.newest;
    node.newer = undefined;
    if (this.newest) this.newest.newer = node;
    else this.oldest = node;
    this.newest = node;
  }

  remove(node: T): void {
    if (node.older) node.older.newer = node.newer;
    else this.oldest = node.newer;
    if (node.newer) node.newer.older = node.older;
    else this.newest = node.older;
    node.older = undefined;
    node.newer = undefined;
  }
}

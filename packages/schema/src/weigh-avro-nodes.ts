// How few bytes a value of each type can take, also where types hold themselves.
import type { AvroNode } from './avro-node.js';

/** Sets `leastBytes` of all nodes, and `values` of those that take no bytes. */
export function weigh(nodes: readonly AvroNode[]): void {
  // From infinity down to the least fixed point: each round settles at least one node, or is the last.
  for (let settled = false; !settled;) {
    settled = true;
    for (const node of nodes) {
      const bytes = leastBytes(node);
      if (bytes === node.leastBytes) continue;
      node.leastBytes = bytes;
      settled = false;
    }
  }
  // A type without bytes holds others without bytes only, never itself: so this ends, each node once.
  const done = new Set<AvroNode>();
  for (const node of nodes) countValues(node, done);
}

function leastBytes(node: AvroNode): number {
  switch (node.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return node.bytes;
    case 'union':
      return 1 + Math.min(...node.branches.map((branch) => branch.leastBytes));
    case 'record':
      return node.fields.reduce((sum, field) => sum + field.leastBytes, 0);
    default:
      return 1;
  }
}

function countValues(node: AvroNode, done: Set<AvroNode>): void {
  if (node.leastBytes > 0 || node.kind !== 'record' || done.has(node)) return;
  done.add(node);
  for (const field of node.fields) {
    countValues(field, done);
    // Records of records double with each level: beyond any limit is enough to know.
    node.values = Math.min(node.values + field.values, Number.MAX_SAFE_INTEGER);
  }
}

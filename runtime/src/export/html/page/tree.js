// The spans of a trace as a tree, and where their time went.

class Node {
  constructor(span, first) {
    this.span = span;
    this.start = startOf(span) - first;
    this.duration = durationOf(span);
    this.parent = null;
    this.children = [];
    this.depth = 0;
    // How many nodes the subtree has.
    this.size = 1;
    this.self = 0;
    this.isOrphan = false;
    this.isFolded = false;
    this.place = 0;
  }

  get end() {
    return this.start + this.duration;
  }
}

const trees = new WeakMap();

function treeOf(trace) {
  let tree = trees.get(trace);
  if (!tree) trees.set(trace, (tree = new Tree(trace)));
  return tree;
}

class Tree {
  constructor(trace) {
    this.trace = trace;
    const nodes = trace.spans.map((span) => new Node(span, trace.first));
    this.byId = new Map(nodes.map((node) => [node.span[ID], node]));
    nodes.sort((a, b) => a.start - b.start || (a.span[ID] < b.span[ID] ? -1 : 1));
    this.roots = [];
    for (const node of nodes) this.hang(node);
    this.cutRings(nodes);
    this.roots.sort((a, b) => a.start - b.start);
    // All nodes, parents before their children.
    this.nodes = [];
    this.walk();
  }

  hang(node) {
    const parentId = node.span[PARENT];
    const parent = parentId === "" ? null : this.byId.get(parentId);
    if (parent && parent !== node) {
      node.parent = parent;
      parent.children.push(node);
    } else {
      node.isOrphan = parentId !== "";
      this.roots.push(node);
    }
  }

  // Spans that are their own ancestors hang below no root: each such ring is cut open at its first span.
  cutRings(nodes) {
    const seen = new Set();
    const mark = (root) => {
      const below = [root];
      while (below.length > 0) {
        const node = below.pop();
        if (seen.has(node)) continue;
        seen.add(node);
        below.push(...node.children);
      }
    };
    this.roots.forEach(mark);
    if (seen.size === nodes.length) return;
    for (const node of nodes) {
      if (seen.has(node)) continue;
      node.parent.children.splice(node.parent.children.indexOf(node), 1);
      Object.assign(node, { parent: null, isOrphan: true });
      this.roots.push(node);
      mark(node);
    }
  }

  walk() {
    const open = [...this.roots].reverse();
    while (open.length > 0) {
      const node = open.pop();
      node.place = this.nodes.push(node) - 1;
      node.depth = node.parent ? node.parent.depth + 1 : 0;
      node.self = node.children.length === 0 ? node.duration : selfTime(node);
      for (let index = node.children.length - 1; index >= 0; index--) open.push(node.children[index]);
    }
    for (let index = this.nodes.length - 1; index >= 0; index--) {
      const node = this.nodes[index];
      if (node.parent) node.parent.size += node.size;
    }
  }

  // The nodes that no folded one hides.
  visible() {
    const rows = [];
    for (let index = 0; index < this.nodes.length; ) {
      const node = this.nodes[index];
      rows.push(node);
      index += node.isFolded ? node.size : 1;
    }
    return rows;
  }
}

// When a span ran and none of its children did.
function selfSegments(node) {
  const segments = [];
  let at = node.start;
  for (const child of node.children) {
    if (child.start > at) segments.push([at, Math.min(child.start, node.end)]);
    at = Math.max(at, child.end);
    if (at >= node.end) break;
  }
  if (at < node.end) segments.push([at, node.end]);
  return segments;
}

// Where the trouble of a failed span came from: its last failed child, and so on down.
function sourceOf(node) {
  let source = node;
  for (let next = node; next; ) {
    next = [...source.children].reverse().find((child) => isError(child.span));
    if (next) source = next;
  }
  return source === node ? null : source;
}

// How long that was.
function selfTime(node) {
  return selfSegments(node).reduce((sum, [start, end]) => sum + end - start, 0);
}

// One line of the table of times, by service and name.
function timesBy(nodes) {
  const lines = new Map();
  for (const node of nodes) {
    const key = keyOf(node.span);
    let line = lines.get(key);
    if (!line) {
      line = { service: serviceOf(node.span), name: shownName(node.span), errors: 0, total: 0, self: 0, times: [] };
      lines.set(key, line);
    }
    line.total += node.duration;
    line.self += node.self;
    line.errors += isError(node.span) ? 1 : 0;
    line.times.push(node.duration);
  }
  return [...lines.values()].map(({ times, ...line }) => {
    times.sort((a, b) => a - b);
    const percentile = (share) => times[Math.max(0, Math.ceil(times.length * share) - 1)];
    return { ...line, count: times.length, p50: percentile(0.5), p99: percentile(0.99) };
  });
}

// Most have no children, and get no map for them.
function newFrame(name, service, parent) {
  return { name, service, parent, depth: parent ? parent.depth + 1 : 0, children: null, self: 0, value: 0, total: 0, count: 0 };
}

// The widest first.
function framesBelow(frame) {
  return frame.children ? [...frame.children.values()].sort((a, b) => b.value - a.value) : [];
}

// Trees laid over each other: spans with the same service and name below the same path are one.
function flameOf(trees) {
  const all = newFrame("all", "", null);
  const added = [all];
  for (const tree of trees) {
    const merged = new Map();
    for (const node of tree.nodes) {
      const parent = node.parent ? merged.get(node.parent) : all;
      const key = keyOf(node.span);
      if (!parent.children) parent.children = new Map();
      let frame = parent.children.get(key);
      if (!frame) {
        frame = newFrame(shownName(node.span), serviceOf(node.span), parent);
        parent.children.set(key, frame);
        added.push(frame);
      }
      frame.self += node.self;
      frame.total += node.duration;
      frame.count += 1;
      merged.set(node, frame);
    }
  }
  // Children were added after their parents.
  for (let index = added.length - 1; index >= 0; index--) {
    const frame = added[index];
    frame.value += frame.self;
    if (frame.parent) frame.parent.value += frame.value;
  }
  all.total = all.value;
  return all;
}

/** A node of a parsed template: of the fields that nodes have, those that are read here. */
export interface Node {
  type: string;
  value?: unknown;
}

export interface Binary extends Node {
  operator: { value: string };
  left: Node;
  right: Node;
}

export interface Member extends Node {
  object: Node;
  property: Node;
  computed: boolean;
}

export interface Named extends Node {
  value: string;
}

export interface Call extends Node {
  callee: Named;
  args: Node[];
}

/** `{% for loopvar in iterable %}` */
export interface Loop extends Node {
  loopvar: Node;
  iterable: Node;
  body: Node[];
  defaultBlock: Node[];
}

/** `{% set assignee = value %}` */
export interface Assignment extends Node {
  assignee: Node;
}

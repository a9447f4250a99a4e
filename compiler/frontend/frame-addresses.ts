// Values that point into the frame of the function that makes them. What a name was given earlier is not followed:
// this finds `return [1, 2]`, `return ref(x)` and `return bytes.slice()`, no more.

import type { Expr, Place } from "./tree.js";

/// Whether the value holds the address of something in the frame.
export function pointsIntoFrame(expr: Expr): boolean {
  switch (expr.kind) {
    case "address":
      return isInFrame(expr.place);
    case "slice":
    case "offset":
      return pointsIntoFrame(expr.pointer);
    case "pointer":
    case "subslice":
      return expr.of.type.kind === "arr" ? expr.of.kind === "read" && isInFrame(expr.of.place) : pointsIntoFrame(expr.of);
    case "narrow":
      return pointsIntoFrame(expr.operand);
    case "conditional":
      return pointsIntoFrame(expr.yes) || pointsIntoFrame(expr.otherwise);
    case "aggregate":
      return expr.parts.some(({ value }) => pointsIntoFrame(value));
    case "let":
      return pointsIntoFrame(expr.body);
    case "sequence":
      return pointsIntoFrame(expr.last);
    default:
      return false;
  }
}

function isInFrame(place: Place): boolean {
  switch (place.kind) {
    case "local":
    case "temporary":
      return true;
    case "field":
    case "variant":
      return isInFrame(place.base);
    case "index":
      return place.base.kind === "arr" && isInFrame(place.base.place);
    default:
      return false;
  }
}

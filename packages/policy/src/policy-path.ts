// How a place in a policy is named.

/** Keys and list positions from the top of the file. */
export type PolicyPath = readonly (string | number)[];

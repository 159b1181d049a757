// Stops what set-up.js started.
export default async function tearDown() {}

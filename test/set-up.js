// Starts the brokers that the tests in this folder share.
export default async function setUp() {}

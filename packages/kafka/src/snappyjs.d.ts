// The part of snappyjs that is used: it has no types of its own.
declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Buffer): Buffer;
    uncompress(block: Buffer): Buffer;
  };
  export default snappy;
}

// Keeps the demo small. To be imported first, before anything uses the thread pool.

// Each thread of the pool keeps a heap of its own, and with glibc what scrypt and gzip freed stays in it: 16 MiB and more a thread.
process.env['UV_THREADPOOL_SIZE'] ??= '1';

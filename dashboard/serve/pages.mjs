// A web server for the files of one folder, on loopback: the built page, and beside it where PostgREST is.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

/**
 * startPages: config is what config.json answers.
 * @param {{ folder: string, config: object, port?: number }} settings
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export async function startPages({ folder, config, port = 0 }) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname));
    const name = path === '/' ? 'index.html' : path;
    const content = name === '/config.json' ? Promise.resolve(Buffer.from(JSON.stringify(config))) : readFile(join(folder, name));
    content.then(
      (body) => response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream', 'X-Content-Type-Options': 'nosniff' }).end(body),
      () => response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found'),
    );
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const at = server.address();
  return {
    address: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

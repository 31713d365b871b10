// PORT, STORAGE, KEYS and SECRET from the environment; WORKERS processes share the port.
import cluster from 'node:cluster';
import { adapterOf } from './adapters.mjs';
import { makeProvider } from './provider.mjs';

const port = Number(process.env.PORT);
if (cluster.isPrimary) {
  for (let n = 0; n < Number(process.env.WORKERS); n += 1) cluster.fork();
  cluster.on('exit', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
} else {
  process.on('disconnect', () => process.exit(0));
  makeProvider(adapterOf(process.env.STORAGE), port).listen(port, '127.0.0.1');
}

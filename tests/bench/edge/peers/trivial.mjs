// The least a server can do: one fixed answer for whatever arrives. What wrk reaches against it is
// the generator's own ceiling, on this machine and with this script.
import net from 'node:net';

const body = JSON.stringify({
  access_token: 'x'.repeat(43), refresh_token: 'y'.repeat(43), token_type: 'Bearer', expires_in: 3600,
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(answer));
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.env.PORT), '127.0.0.1');

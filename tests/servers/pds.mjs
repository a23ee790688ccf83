// A Bluesky server (PDS) and its DID directory (PLC) on 127.0.0.1, for tests. Prints one line of JSON when both answer,
// and ends when its standard input is closed: a test run that dies takes it along.
//
//   node pds.mjs [PDS_PORT] [PLC_PORT]      0 or nothing: a free port
//
// At the address called `control`: `GET /access?seconds=N` lets access by consent last that long from now on, and
// `GET /nonces` makes the server forget every nonce of DPoP it ever gave. `GET /describe?client=URL&at=URL` lets it read
// the description of an app elsewhere than its client id says, since no test has a public address.
import http from 'node:http'
import net from 'node:net'
import { URL } from 'node:url'

const described = new Map()
const plainFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const at = described.get(input instanceof Request ? input.url : String(input))
  return at ? plainFetch(at) : plainFetch(input, init)
}

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest)
}

const { TestPds, TestPlc } = await import('@atproto/dev-env')

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

const [pdsPort, plcPort] = process.argv.slice(2).map(Number)
const plc = await TestPlc.create({ port: plcPort || (await freePort()) })
const pds = await TestPds.create({ port: pdsPort || (await freePort()), didPlcUrl: plc.url })

const provider = pds.ctx.oauthProvider
const orders = {
  '/access': ({ seconds }) => (provider.tokenManager.tokenMaxAge = Number(seconds) * 1000),
  '/nonces': () => (provider.dpopManager.dpopNonce = new provider.dpopManager.dpopNonce.constructor()),
  '/describe': ({ client, at }) => described.set(client, at),
}
const control = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1')
  const order = orders[url.pathname]
  if (order) order(Object.fromEntries(url.searchParams))
  response.writeHead(order ? 200 : 404).end()
})
await new Promise((resolve) => control.listen(0, resolve))
const addresses = { pds: pds.port, plc: plc.port, control: control.address().port }
const told = Object.entries(addresses).map(([name, port]) => [name, `http://127.0.0.1:${port}`])
process.stdout.write(JSON.stringify({ ...Object.fromEntries(told), pid: process.pid }) + '\n')

process.stdin.resume()
process.stdin.once('end', async () => {
  await pds.close()
  await plc.close()
  control.close()
  process.exit(0)
})

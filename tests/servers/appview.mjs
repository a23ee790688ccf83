// Bluesky's server (PDS), its DID directory (PLC) and its public view (AppView) on 127.0.0.1, for tests. Prints one line
// of JSON when all answer, and ends when its standard input is closed.
//
//   node appview.mjs DATABASE_URL REDIS_HOST_AND_PORT
import net from 'node:net'

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest)
}

const { TestBsky, TestPds, TestPlc, mockNetworkUtilities } = await import('@atproto/dev-env')

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

const [dbPostgresUrl, redisHost] = process.argv.slice(2)
const plc = await TestPlc.create({ port: await freePort() })
const pdsPort = await freePort()
const bsky = await TestBsky.create({
  port: await freePort(),
  plcUrl: plc.url,
  pdsPort,
  repoProvider: `ws://localhost:${pdsPort}`,
  dbPostgresSchema: 'appview',
  dbPostgresUrl,
  redisHost,
})
const pds = await TestPds.create({
  port: pdsPort,
  didPlcUrl: plc.url,
  bskyAppViewUrl: bsky.url,
  bskyAppViewDid: bsky.ctx.cfg.serverDid,
})
mockNetworkUtilities(pds, bsky)

const addresses = { pds: pds.port, plc: plc.port, view: bsky.port }
const told = Object.entries(addresses).map(([name, port]) => [name, `http://127.0.0.1:${port}`])
process.stdout.write(JSON.stringify(Object.fromEntries(told)) + '\n')

process.stdin.resume()
process.stdin.once('end', () => process.exit(0))

// A Bluesky server (PDS) and its DID directory (PLC) on 127.0.0.1, for tests. Prints one line of JSON when both answer,
// and ends when its standard input is closed: a test run that dies takes it along.
//
//   node pds.mjs [PDS_PORT] [PLC_PORT]      0 or nothing: a free port
import net from 'node:net'

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
process.stdout.write(
  JSON.stringify({ pds: `http://127.0.0.1:${pds.port}`, plc: `http://127.0.0.1:${plc.port}`, pid: process.pid }) + '\n',
)

process.stdin.resume()
process.stdin.once('end', async () => {
  await pds.close()
  await plc.close()
  process.exit(0)
})

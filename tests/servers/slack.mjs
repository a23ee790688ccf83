// A stand-in of Slack's Web API by other hands, on 127.0.0.1, for tests. Prints one line of JSON when it answers, and
// ends when its standard input is closed.
import { createEmulator } from 'emulate'

const seed = {
  tokens: { 'xoxb-herald': { login: 'admin', scopes: ['chat:write', 'users:read'] } },
  slack: {
    team: { name: 'Paperboat', domain: 'paperboat' },
    users: [{ name: 'maya', real_name: 'Maya Lindqvist', email: 'maya@paperboat.example' }],
  },
}
const emulator = await createEmulator({ service: 'slack', port: Number(process.argv[2] || 0) || undefined, seed })
process.stdout.write(JSON.stringify({ url: emulator.url }) + '\n')
process.stdin.on('end', () => process.exit(0)).resume()

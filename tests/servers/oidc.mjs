// An OAuth server (oidc-provider) on 127.0.0.1, for tests: access tokens of 5 seconds, refresh tokens that serve once and
// whose reuse ends the whole grant. Prints one line of JSON when it answers, and ends when its standard input is closed.
//
//   node oidc.mjs CLIENT_ID CLIENT_SECRET REDIRECT_URI
//
// `GET /lose?answers=N`: the next N token requests are carried out and their answers cut off.
import http from 'node:http'
import { URL } from 'node:url'
import { Provider } from 'oidc-provider'

const [clientId, clientSecret, redirectUri] = process.argv.slice(2)
const server = http.createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(base, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  cookies: { keys: ['for tests'] },
  pkce: { required: () => true },
  scopes: ['openid', 'offline_access', 'write'],
  ttl: { AccessToken: 5, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600, AuthorizationCode: 60 },
  clockTolerance: 0,
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  features: { devInteractions: { enabled: false }, revocation: { enabled: true }, userinfo: { enabled: true } },
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  interactions: { url: (_context, interaction) => `/yes/${interaction.uid}` },
})
const handle = provider.callback()

let lose = 0
server.on('request', async (request, response) => {
  const url = new URL(request.url, base)
  if (url.pathname === '/lose') {
    lose = Number(url.searchParams.get('answers'))
    response.end('{}')
    return
  }
  if (url.pathname.startsWith('/yes/')) {
    try {
      const { prompt, params, grantId } = await provider.interactionDetails(request, response)
      const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId: 'juniper', clientId: params.client_id })
      grant.addOIDCScope(params.scope)
      const result = prompt.name === 'login' ? { login: { accountId: 'juniper' } } : { consent: { grantId: await grant.save() } }
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
    return
  }
  if (url.pathname === '/token' && lose > 0) {
    lose -= 1
    response.end = () => request.socket.destroy()
  }
  handle(request, response)
})
process.stdout.write(JSON.stringify({ url: base }) + '\n')

process.stdin.resume()
process.stdin.once('end', () => process.exit(0))

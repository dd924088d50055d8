import assert from 'node:assert/strict'
import {proxyOf} from '../../src/kube/proxy.ts'

const none = undefined
const proxy = 'http://proxy.test:3128/'

/** NO_PROXY against a server, and whether the proxy is used, by Go's rules. */
const exceptions: ReadonlyArray<[noProxy: string, server: string, used: boolean]> = [
  ['', 'https://api.example.test', true],
  ['*', 'https://api.example.test', false],
  ['example.test', 'https://api.example.test', false],
  ['example.test', 'https://example.test', false],
  ['example.test', 'https://notexample.test', true],
  ['.example.test', 'https://api.example.test', false],
  ['.example.test', 'https://example.test', true],
  ['*.example.test', 'https://api.example.test', false],
  ['*.example.test', 'https://example.test', true],
  ['EXAMPLE.test', 'https://API.example.TEST', false],
  [' other.test , example.test ', 'https://api.example.test', false],
  ['example.test:443', 'https://api.example.test', false],
  ['example.test:6443', 'https://api.example.test', true],
  ['example.test:6443', 'https://api.example.test:6443', false],
  [':443', 'https://api.example.test', true],
  ['10.0.0.1', 'https://10.0.0.1', false],
  ['10.0.0.1', 'https://10.0.0.10', true],
  ['10.0.0.1:6443', 'https://10.0.0.1:6443', false],
  ['10.0.0.1:6443', 'https://10.0.0.1', true],
  ['10.0.0.0/8', 'https://10.9.8.7', false],
  ['10.0.0.0/8', 'https://11.9.8.7', true],
  ['10.0.0.0/8', 'https://ten.test', true],
  ['0.1', 'https://10.0.0.1', true],
  ['fd00::/8', 'https://[fd00::1]:6443', false],
  ['fd00::1', 'https://[fd00::1]', false],
  ['fd00:0::1', 'https://[fd00::1]', false],
  ['[fd00::1]:6443', 'https://[fd00::1]:6443', false],
  ['[fd00::1]:6443', 'https://[fd00::1]', true],
  ['fd00::2', 'https://[fd00::1]', true],
  ['10.0.0.0/99', 'https://10.0.0.1', true],
  ['', 'https://localhost:6443', false],
  ['', 'https://127.9.9.9:6443', false],
  ['', 'https://[::1]:6443', false],
]

const environments: ReadonlyArray<[env: Record<string, string>, server: string, proxy: string | undefined]> = [
  [{}, 'https://a.test', none],
  [{HTTPS_PROXY: proxy}, 'https://a.test', proxy],
  [{HTTPS_PROXY: proxy}, 'http://a.test', none],
  [{HTTP_PROXY: proxy}, 'http://a.test', proxy],
  [{HTTP_PROXY: proxy}, 'https://a.test', none],
  [{https_proxy: proxy}, 'https://a.test', proxy],
  [{HTTPS_PROXY: proxy, https_proxy: 'http://other.test'}, 'https://a.test', proxy],
  [{HTTPS_PROXY: 'proxy.test:3128'}, 'https://a.test', proxy],
  [{HTTPS_PROXY: 'http://u:p@proxy.test:3128'}, 'https://a.test', 'http://u:p@proxy.test:3128/'],
  [{HTTPS_PROXY: 'socks5h://proxy.test:1080'}, 'https://a.test', 'socks5h://proxy.test:1080'],
  [{HTTPS_PROXY: 'http://['}, 'https://a.test', none],
  [{HTTPS_PROXY: proxy, NO_PROXY: 'a.test'}, 'https://a.test', none],
  [{HTTPS_PROXY: proxy, no_proxy: 'a.test'}, 'https://a.test', none],
]

describe('the proxy', () => {
  for (const [noProxy, server, used] of exceptions) {
    it(`is ${used ? 'used' : 'not used'} for ${server} with NO_PROXY=${noProxy}`, () => {
      assert.equal(proxyOf(new URL(server), '', {HTTPS_PROXY: proxy, NO_PROXY: noProxy})?.href, used ? proxy : undefined)
    })
  }

  for (const [env, server, expected] of environments) {
    it(`of ${server} with ${JSON.stringify(env)} is ${expected ?? 'none'}`, () => {
      assert.equal(proxyOf(new URL(server), '', env)?.href, expected)
    })
  }

  it('of the kubeconfig goes before the environment, also for localhost', () => {
    assert.equal(proxyOf(new URL('https://localhost'), 'socks5://s.test:1080', {HTTPS_PROXY: proxy, NO_PROXY: '*'})?.href, 'socks5://s.test:1080')
  })

  it('of an unknown kind is refused without a word of its password', () => {
    for (const attempt of [
      () => proxyOf(new URL('https://a.test'), 'ftp://u:secret@p.test', {}),
      () => proxyOf(new URL('https://a.test'), 'u:secret@p.test', {}),
      () => proxyOf(new URL('https://a.test'), '', {HTTPS_PROXY: 'ftp://u:secret@p.test'}),
    ]) {
      assert.throws(attempt, (error: Error) => /must be.*http, https, or socks5/.test(error.message) && !error.message.includes('secret'))
    }
  })
})

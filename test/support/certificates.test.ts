import assert from 'node:assert/strict'
import {X509Certificate} from 'node:crypto'
import {makeCa, makeClientCert, makeServerCert} from './certificates.ts'

describe('test certificates', () => {
  it('a server certificate is signed by its CA and names what was asked for', async () => {
    const ca = await makeCa()
    const cert = new X509Certificate((await makeServerCert(ca, {dnsNames: ['api.test'], ips: ['127.0.0.1']})).cert)
    assert.equal(cert.subjectAltName, 'DNS:api.test, IP Address:127.0.0.1')
    assert.equal(cert.verify(new X509Certificate(ca.cert).publicKey), true)
    assert.equal(cert.checkHost('other.test'), undefined)
  })

  it('a client certificate names its user', async () => {
    const cert = new X509Certificate((await makeClientCert(await makeCa(), 'alice')).cert)
    assert.equal(cert.subject, 'CN=alice')
  })
})

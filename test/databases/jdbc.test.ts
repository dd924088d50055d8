import assert from 'node:assert/strict'
import {databasesOf, jdbcAddress, withAddress} from '../../src/databases/jdbc.ts'

const of = (contactPoints: string) => ({storage: 'jdbc', contactPoints})

describe('a JDBC URL', () => {
  it('says where the database is', () => {
    assert.deepEqual(jdbcAddress(of('jdbc:postgresql://db.example.com:5433/app')),
      {dialect: 'postgresql', hosts: [{host: 'db.example.com', port: '5433'}], database: 'app'})
    assert.deepEqual(jdbcAddress(of('jdbc:mysql://10.0.0.1/')), {dialect: 'mysql', hosts: [{host: '10.0.0.1'}]})
    assert.deepEqual(jdbcAddress(of('jdbc:mariadb://a:1,b:2/x?currentSchema=y')),
      {dialect: 'mariadb', hosts: [{host: 'a', port: '1'}, {host: 'b', port: '2'}], database: 'x'})
    assert.deepEqual(jdbcAddress(of('jdbc:postgresql://[::1]:5432/app'))?.hosts, [{host: '[::1]', port: '5432'}])
  })

  it('says at least the dialect when it was withheld, and nothing when it is none', () => {
    assert.deepEqual(jdbcAddress(of('jdbc:postgresql:')), {dialect: 'postgresql', hosts: []})
    assert.equal(jdbcAddress({storage: 'dynamo', contactPoints: 'jdbc:mysql://a/'}), undefined)
    assert.equal(jdbcAddress({storage: 'jdbc'}), undefined)
  })

  it('gets another host and port instead of all that it has', () => {
    assert.equal(withAddress('jdbc:postgresql://a:1,b:2/app', 'c', '3'), 'jdbc:postgresql://c:3/app')
    assert.equal(withAddress('jdbc:mysql://a/?x=y', 'c', '3'), 'jdbc:mysql://c:3/?x=y')
  })

  it('names its databases, each once', () => {
    assert.deepEqual(databasesOf([of('jdbc:mysql://a/x'), of('jdbc:mysql://b/y'), of('jdbc:mysql://a/x'), of('jdbc:mysql://a/')]), ['x', 'y'])
  })
})

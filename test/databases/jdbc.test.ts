import assert from 'node:assert/strict'
import {parseJdbcUrl, withHost} from '../../src/databases/jdbc.ts'

describe('a JDBC URL', () => {
  const parts: ReadonlyArray<readonly [string, ReturnType<typeof parseJdbcUrl>]> = [
    ['jdbc:postgresql://Db.Example.com:5432/scalar?currentSchema=x', {dialect: 'postgresql', host: 'db.example.com', port: '5432', database: 'scalar'}],
    ['jdbc:mysql://10.0.0.1/', {dialect: 'mysql', host: '10.0.0.1'}],
    ['jdbc:mysql://db', {dialect: 'mysql', host: 'db'}],
    ['jdbc:postgresql://a:5432,b:5433/x', {dialect: 'postgresql', host: 'a', port: '5432', database: 'x'}],
    ['jdbc:mysql:replication://a,b/x', {dialect: 'mysql', host: 'a', database: 'x'}],
    ['jdbc:postgresql://[fd00::1]:5432/x', {dialect: 'postgresql', host: '[fd00::1]', port: '5432', database: 'x'}],
    ['jdbc:sqlserver://db:1433;databaseName=x', {dialect: 'sqlserver', host: 'db', port: '1433'}],
    ['jdbc:oracle:thin:@db:1521/ORCL', {dialect: 'oracle'}],
    ['jdbc:mysql:', {dialect: 'mysql'}],
    ['cassandra-1', undefined],
    ['', undefined],
  ]
  for (const [url, expected] of parts) it(`${url || 'that is missing'}: ${expected ? Object.values(expected).join(' ') : 'is none'}`, () => {
    assert.deepEqual(parseJdbcUrl(url), expected)
  })

  it('keeps everything but the host, and the port unless another is given', () => {
    assert.equal(withHost('jdbc:postgresql://old:5432/scalar?currentSchema=x', 'new.example.com'), 'jdbc:postgresql://new.example.com:5432/scalar?currentSchema=x')
    assert.equal(withHost('jdbc:postgresql://old/scalar', 'new', '5433'), 'jdbc:postgresql://new:5433/scalar')
    assert.equal(withHost('jdbc:mysql://a:3306,b:3307/', 'new'), 'jdbc:mysql://new:3306/')
    assert.equal(withHost('jdbc:postgresql://[fd00::1]:5432/x', 'new'), 'jdbc:postgresql://new:5432/x')
  })
})

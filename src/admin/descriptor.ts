// Generated from proto/ by scripts/proto.ts; do not edit.
/** proto/admin.proto and proto/status.proto, with the google.protobuf types that they import. */
export const descriptor = {
  nested: {
    rpc: {
      nested: {
        Admin: {
          methods: {
            Pause: {
              requestType: 'PauseRequest',
              responseType: 'google.protobuf.Empty',
            },
            Unpause: {
              requestType: 'google.protobuf.Empty',
              responseType: 'google.protobuf.Empty',
            },
            CheckPaused: {
              requestType: 'google.protobuf.Empty',
              responseType: 'CheckPausedResponse',
            },
          },
        },
        PauseRequest: {
          oneofs: {
            _maxPauseWaitTime: {
              oneof: ['maxPauseWaitTime'],
            },
          },
          fields: {
            waitOutstanding: {
              type: 'bool',
              id: 1,
            },
            maxPauseWaitTime: {
              type: 'int64',
              id: 2,
              options: {
                proto3_optional: true,
              },
            },
          },
        },
        CheckPausedResponse: {
          fields: {
            paused: {
              type: 'bool',
              id: 1,
            },
          },
        },
      },
    },
    google: {
      nested: {
        protobuf: {
          nested: {
            Empty: {
              fields: {
              },
            },
            Any: {
              fields: {
                type_url: {
                  type: 'string',
                  id: 1,
                },
                value: {
                  type: 'bytes',
                  id: 2,
                },
              },
            },
          },
        },
        rpc: {
          nested: {
            Status: {
              fields: {
                code: {
                  type: 'int32',
                  id: 1,
                },
                message: {
                  type: 'string',
                  id: 2,
                },
                details: {
                  rule: 'repeated',
                  type: 'google.protobuf.Any',
                  id: 3,
                },
              },
            },
            ErrorInfo: {
              fields: {
                reason: {
                  type: 'string',
                  id: 1,
                },
                domain: {
                  type: 'string',
                  id: 2,
                },
                metadata: {
                  keyType: 'string',
                  type: 'string',
                  id: 3,
                },
              },
            },
          },
        },
      },
    },
  },
}

Feature: Retry

  Scenario: A call is tried again after the delay
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {delay: PT2S, limit: {attempt: {count: 2}}}}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should wait for:
    """yaml
    [pay#1]
    """
    When the answers come:
    """yaml
    - {effect: pay#1}
    - {effect: pay/charge#1, status: 200, body: paid}
    """
    Then the workflow should complete with output:
    """yaml
    {after: paid}
    """

  Scenario: Without a delay it is tried again at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {limit: {attempt: {count: 1}}}}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should wait for:
    """yaml
    [pay/charge#1]
    """
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 200, body: paid}
    """
    Then the workflow should complete with output:
    """yaml
    {after: paid}
    """

  Scenario: When the retries are used up the error goes on
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {limit: {attempt: {count: 1}}}}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    - {effect: pay/charge#1, status: 502}
    """
    Then the workflow should fault with:
    """yaml
    status: 502
    """

  Scenario: When the retries are used up it is handled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {limit: {attempt: {count: 1}}}, do: [{note: {set: {gave: up}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    - {effect: pay/charge#1, status: 502}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {gave: up}}
    """

  Scenario: A condition decides about trying again
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {when: $error.status == 503, limit: {attempt: {count: 5}}}, do: [{note: {set: {status: "${ $error.status }"}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    - {effect: pay/charge#1, status: 400}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {status: 400}}
    """

  Scenario: An attempt that takes too long is tried again
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: {limit: {attempt: {count: 1, duration: PT5S}}}}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [pay#1!attempt, pay/charge#1]
    """
    When the answers come:
    """yaml
    - {effect: pay#1!attempt}
    - {effect: pay/charge#1, status: 200, body: paid}
    """
    Then the workflow should complete with output:
    """yaml
    {after: paid}
    """

  Scenario: A policy may be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: retry, version: '1.0.0'}
    use: {retries: {soon: {limit: {attempt: {count: 2}}}}}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {retry: soon}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    - {effect: pay/charge#1, status: 200, body: paid}
    """
    Then the workflow should complete with output:
    """yaml
    paid
    """

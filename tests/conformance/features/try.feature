Feature: Try Task

  Scenario: Without an error the handling does not run
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {do: [{never: {set: {n: 1}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 200, body: paid}
    """
    Then the workflow should complete with output:
    """yaml
    {after: paid}
    """

  Scenario: An error is handled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {do: [{note: {set: {status: "${ $error.status }"}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {status: 503}}
    """

  Scenario: An error is caught under its own name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {as: oops, do: [{note: {set: {where: "${ $oops.instance }"}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {where: /do/0/pay/try/0/charge}}
    """

  Scenario: Another error goes on outwards
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {errors: {with: {status: 404}}}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should fault with:
    """yaml
    status: 503
    """

  Scenario: A condition decides what is caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {when: $error.status == 503, do: [{note: {set: {caught: true}}}]}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {caught: true}}
    """

  Scenario: An exception decides what is not caught
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {exceptWhen: $error.status == 503}
      - after: {set: {after: '${ . }'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should fault with:
    """yaml
    status: 503
    """

  Scenario: A caught error without handling lets the input pass
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {}
      - after: {set: {after: '${ . }'}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 503}
    """
    Then the workflow should complete with output:
    """yaml
    {after: {n: 1}}
    """

  Scenario: The handling may lead elsewhere
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {raise: {error: {type: 'urn:e', status: 400}}}}]
          catch: {then: declined}
      - accepted: {set: {accepted: true}, then: end}
      - declined: {set: {declined: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {declined: true}
    """

  Scenario: An error of the standard types is known by each of their addresses
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: try, version: '1.0.0'}
    do:
      - pay:
          try: [{charge: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]
          catch: {errors: {with: {type: 'https://serverlessworkflow.io/dsl/errors/types/communication'}}, do: [{note: {set: {caught: true}}}]}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: pay/charge#1, status: 500}
    """
    Then the workflow should complete with output:
    """yaml
    {caught: true}
    """

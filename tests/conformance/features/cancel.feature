Feature: Cancel

  Scenario: A cancelled workflow waits for nothing
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: cancel, version: '1.0.0'}
    do:
      - ask: {call: http, with: {method: get, endpoint: 'https://host/x'}}
    """
    When the workflow is executed
    When the workflow is cancelled
    Then the workflow should be cancelled

  Scenario: All branches of a fork are cancelled
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: cancel, version: '1.0.0'}
    do:
      - checks:
          fork:
            branches:
              - a: {call: http, with: {method: get, endpoint: 'https://host/a'}}
              - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
    """
    When the workflow is executed
    When the workflow is cancelled
    Then the workflow should be cancelled

Feature: Raise Task

  Scenario: An error by name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: raise, version: '1.0.0'}
    use: {errors: {declined: {type: 'urn:declined', status: 402, title: Declined}}}
    do:
      - fail: {raise: {error: declined}}
    """
    When the workflow is executed
    Then the workflow should fault with:
    """yaml
    {type: "urn:declined", status: 402, title: Declined, instance: /do/0/fail}
    """

  Scenario: Its detail may be computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: raise, version: '1.0.0'}
    do:
      - fail: {raise: {error: {type: 'urn:e', status: 400, detail: '${ "no " + .name }'}}}
    """
    And given the workflow input is:
    """yaml
    name: Ada
    """
    When the workflow is executed
    Then the workflow should fault with:
    """yaml
    {type: "urn:e", status: 400, detail: no Ada, instance: /do/0/fail}
    """
